import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { anything, path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { isNotFound } from '../kubernetes/api/failure.ts';
import type { Maker } from '../kubernetes/labels.ts';
import { ANNOTATIONS, LABELS } from '../kubernetes/labels.ts';
import { listAll } from '../kubernetes/api/list.ts';
import { objectSchema } from '../kubernetes/api/objects.ts';

const OAUTH = ['apis', 'oauth.openshift.io', 'v1'] as const;
const MINTED_FOR_SECONDS = 300;
// The API server issues no shorter token (openshift-facts.md 10.7).
const REQUESTED_FOR_SECONDS = 600;

/** Purser's own OAuthClient, whose scopeRestrictions allow no more than its roles (deploy/). */
export const OAUTH_CLIENT = 'purser';

/** A subject's token, for the duration of one activity. It must not leave the activity. */
export interface SubjectToken {
  readonly token: string;
  /** When it expires, in milliseconds since the epoch by this machine's clock. */
  readonly endsAt: number;
  /** Deletes the token's object; the API server may accept a used token for two more minutes (facts 10.5). */
  release(signal?: AbortSignal): Promise<void>;
}

/** The proof that a token is for: every object that is made for it is marked with this. */
export interface ProofMark extends Maker {
  readonly proof: string;
}

/** The marks of an object that is made for a proof: they find what a crash leaves behind. */
export function proofMetadata({ proof, madeBy, installation }: ProofMark) {
  return {
    labels: { [LABELS.proof]: proof, [LABELS.installation]: installation },
    annotations: { [ANNOTATIONS.madeBy]: madeBy },
  };
}

/**
 * Mints an OAuthAccessToken for a user: five minutes, the given scopes, marked with its proof, so that
 * {@link deleteTokens} finds it after a crash. An account that may create these objects may act as any user
 * (openshift-facts.md 10.4): off unless `proof.mintTokens`.
 */
export async function mintToken(
  cluster: Cluster,
  user: { readonly name: string; readonly uid: string },
  use: ProofMark & { readonly scopes: readonly string[] },
  signal?: AbortSignal,
): Promise<SubjectToken> {
  const secret = randomBytes(32).toString('base64url');
  const name = `sha256~${createHash('sha256').update(secret).digest('base64url')}`;
  const body = {
    apiVersion: 'oauth.openshift.io/v1',
    kind: 'OAuthAccessToken',
    metadata: { name, ...proofMetadata(use) },
    clientName: OAUTH_CLIENT,
    expiresIn: MINTED_FOR_SECONDS,
    // Required, and never used: no browser is ever sent there.
    redirectURI: 'https://purser.invalid/not-used',
    scopes: use.scopes,
    userName: user.name,
    userUID: user.uid,
  };
  const endsAt = Date.now() + MINTED_FOR_SECONDS * 1_000;
  await cluster.call(anything, {
    method: 'POST',
    path: path(...OAUTH, 'oauthaccesstokens'),
    body,
    signal,
  });
  return {
    token: `sha256~${secret}`,
    endsAt,
    release: (until) => deleteToken(cluster, name, until),
  };
}

/** Deletes every token that this installation minted for a proof. Resolves to their number. */
export async function deleteTokens(
  cluster: Cluster,
  { proof, installation }: Pick<ProofMark, 'proof' | 'installation'>,
  signal?: AbortSignal,
): Promise<number> {
  const left = await listAll(cluster, objectSchema, {
    path: path(...OAUTH, 'oauthaccesstokens'),
    query: { labelSelector: `${LABELS.proof}=${proof}` },
    signal,
  }).catch((error: unknown) => {
    // With an external issuer the cluster serves no oauth.openshift.io, so that there is no token.
    if (isNotFound(error)) return [];
    throw error;
  });
  const own = left.filter(
    ({ metadata }) => metadata.labels?.[LABELS.installation] === installation,
  );
  await Promise.all(own.map(({ metadata }) => deleteToken(cluster, metadata.name, signal)));
  return own.length;
}

const requestedSchema = z.object({ status: z.object({ token: z.string().min(1) }) });

/**
 * Requests a service account's token, bound to a Secret that is made for it. About 11 s after the Secret is
 * deleted, the token is refused (measured); an unbound token would stay valid for its ten minutes.
 */
export async function requestToken(
  cluster: Cluster,
  account: { readonly namespace: string; readonly name: string },
  mark: ProofMark,
  signal?: AbortSignal,
): Promise<SubjectToken> {
  const { proof } = mark;
  const secrets = path('api', 'v1', 'namespaces', account.namespace, 'secrets');
  const anchor = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: anchorName(proof), ...proofMetadata(mark) },
  };
  const release = (until?: AbortSignal) => deleteAnchor(cluster, account.namespace, proof, until);
  const endsAt = Date.now() + REQUESTED_FOR_SECONDS * 1_000;
  try {
    // Inside the try: the Secret may exist although the answer was lost.
    const { metadata } = await cluster.call(objectSchema, {
      method: 'POST',
      path: secrets,
      body: anchor,
      signal,
    });
    const { name, uid } = metadata;
    const { status } = await cluster.call(requestedSchema, {
      method: 'POST',
      path: path(
        'api',
        'v1',
        'namespaces',
        account.namespace,
        'serviceaccounts',
        account.name,
        'token',
      ),
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          expirationSeconds: REQUESTED_FOR_SECONDS,
          boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name, uid },
        },
      },
      signal,
    });
    return { token: status.token, endsAt, release };
  } catch (error) {
    // The first error matters more. A Secret that stays gives no access, and the sweep removes it.
    await release().catch(() => {});
    throw error;
  }
}

/** Deletes the Secret that a service account's token was bound to, if it is there. */
export async function deleteAnchor(
  cluster: Cluster,
  namespace: string,
  proof: string,
  signal?: AbortSignal,
): Promise<void> {
  const at = path('api', 'v1', 'namespaces', namespace, 'secrets', anchorName(proof));
  await cluster.find(anything, { method: 'DELETE', path: at, signal });
}

/** The name of the Secret that the token of a service account is bound to for a proof. */
export function anchorName(proof: string): string {
  return `purser-proof-${proof}`;
}

async function deleteToken(cluster: Cluster, name: string, signal?: AbortSignal): Promise<void> {
  try {
    const at = path(...OAUTH, 'oauthaccesstokens', name);
    await cluster.call(anything, { method: 'DELETE', path: at, signal });
  } catch (error) {
    // Expired tokens are deleted by the cluster (openshift-facts.md 10.4).
    if (!isNotFound(error)) throw error;
  }
}
