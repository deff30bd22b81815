import { z } from 'zod';
import { withRevision } from '../store.ts';
import type { Store } from '../store.ts';
import { groupsOf } from '../resources/user/groups.ts';
import { accessTokenSchema } from '../resources/oauth/oauth-access-tokens.ts';
import type { AccessToken } from '../resources/oauth/oauth-access-tokens.ts';
import { oauthClientSchema } from '../resources/oauth/oauth-clients.ts';
import { revisionOf } from '../rest/object.ts';
import type { KubeObject } from '../rest/object.ts';
import { badRequest } from '../rest/status.ts';
import { objectNameOf } from '../token-name.ts';

export const SCOPES_KEY = 'scopes.authorization.openshift.io';

const reviewSchema = z.object({
  apiVersion: z.literal('authentication.k8s.io/v1'),
  kind: z.literal('TokenReview'),
  spec: z.object({ token: z.string().default('') }),
});

/**
 * Answers a TokenReview (authentication.k8s.io/v1) by the OAuthAccessTokens. The token must be live, not
 * inactive, and its user must be the same as at its creation (openshift-facts.md 4.3, 10.4). Otherwise
 * `authenticated` is false. The reason is given for a token of this kind; kube-apiserver shows it beside
 * its own (11.2). It never contains the token.
 */
export function createAuthenticator(store: Store) {
  return async (body: unknown): Promise<object> => {
    const review = reviewSchema.safeParse(body);
    if (!review.success) {
      throw badRequest(`not a TokenReview of v1: ${z.prettifyError(review.error)}`);
    }
    const { apiVersion, kind, spec } = review.data;
    const found = await userBehind(store, spec.token);
    const status =
      found === undefined ? { authenticated: false } : { authenticated: 'user' in found, ...found };
    return { apiVersion, kind, status };
  };
}

type TokenOwner = { readonly user: object } | { readonly error: string };

/** Undefined for another kind of token: another authenticator may know it. */
async function userBehind(store: Store, secret: string): Promise<TokenOwner | undefined> {
  const name = objectNameOf(secret);
  if (name === undefined) {
    return undefined;
  }
  const [found] = await store.read([{ resource: 'oauthaccesstokens', name }]);
  if (found === undefined) {
    return { error: 'token lookup failed' };
  }
  const token = accessTokenSchema.parse(found);
  const owner = { resource: 'users', name: token.userName };
  const { object: user, items } = await store.readBeside(owner, 'groups');
  const error = faultOf(token, user);
  if (error !== undefined) {
    return { error };
  }
  await recordUse(store, token);
  return {
    user: {
      username: token.userName,
      uid: token.userUID,
      groups: [
        ...groupsOf(token.userName, items),
        'system:authenticated:oauth',
        'system:authenticated',
      ],
      extra: { [SCOPES_KEY]: token.scopes },
    },
  };
}

/** Why an existing token is refused, in the words of oauth-apiserver's tokenvalidation. */
function faultOf(token: AccessToken, user: KubeObject | undefined): string | undefined {
  if (user === undefined) {
    return `users.user.openshift.io "${token.userName}" not found`;
  }
  if (isExpired(token)) {
    return 'token is expired';
  }
  const { uid = '' } = user.metadata;
  if (uid !== token.userUID) {
    return `user.UID (${uid}) does not match token.userUID (${token.userUID})`;
  }
  return isInactive(token) ? 'token timed out' : undefined;
}

/** The lease deletes an expired token only after a second or two. */
function isExpired(token: AccessToken): boolean {
  return (token.expiresIn ?? 0) > 0 && ageSeconds(token) >= (token.expiresIn ?? 0);
}

function isInactive(token: AccessToken): boolean {
  return (
    (token.inactivityTimeoutSeconds ?? 0) > 0 &&
    ageSeconds(token) >= (token.inactivityTimeoutSeconds ?? 0)
  );
}

function ageSeconds({ metadata }: AccessToken): number {
  return (Date.now() - Date.parse(metadata.creationTimestamp ?? '')) / 1_000;
}

/**
 * Each use extends the inactivity timeout by the client's own; a client without one ERASES it, as measured
 * (openshift-facts.md 10.4). After a conflict nothing is to do: the other use has extended it.
 */
async function recordUse(store: Store, token: AccessToken): Promise<void> {
  const { inactivityTimeoutSeconds = 0, ...rest } = token;
  if (inactivityTimeoutSeconds === 0) {
    return;
  }
  const [found] = await store.read([{ resource: 'oauthclients', name: token.clientName }]);
  const client = found && oauthClientSchema.parse(found);
  const idle = client?.accessTokenInactivityTimeoutSeconds ?? 0;
  const used =
    idle === 0 ? rest : { ...rest, inactivityTimeoutSeconds: Math.ceil(ageSeconds(token)) + idle };
  const update = withRevision(used, revisionOf(token));
  await store.write([{ update, resource: 'oauthaccesstokens' }]);
}
