import { z } from 'zod';
import { statusError, unreachable } from '../cluster.ts';
import type { Cluster, Credentials, StatusError } from '../cluster.ts';

export type PresentedCredentials =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'undecodable' }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'token'; readonly token: string };

/** The literal bearer token that the token route gives to anonymous clients. */
export const ANONYMOUS = 'anonymous';

/**
 * The API token of an Authorization header (openshift-facts.md 1.4): Basic's password whatever the user
 * name, or the bearer token. The literal `Bearer anonymous` stands for no user.
 */
export function parseCredentials(authorization: string | undefined): PresentedCredentials {
  const space = authorization?.indexOf(' ') ?? -1;
  if (authorization === undefined || space === -1) {
    return { kind: 'nothing' };
  }
  const value = authorization.slice(space + 1);
  switch (authorization.slice(0, space).toLowerCase()) {
    case 'bearer':
      return value === ANONYMOUS ? { kind: 'anonymous' } : { kind: 'token', token: value };
    case 'basic': {
      const password = basicPassword(authorization);
      return password === undefined || password === ''
        ? { kind: 'undecodable' }
        : { kind: 'token', token: password };
    }
    default:
      return { kind: 'nothing' };
  }
}

/** The password of a Basic header, after the first colon as in Go; undefined for any other header. */
export function basicPassword(authorization: string): string | undefined {
  const match = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization);
  if (match?.[1] === undefined || match[1].length % 4 !== 0) {
    return undefined;
  }
  const decoded = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon === -1 ? undefined : decoded.slice(colon + 1);
}

const reviewSchema = z.object({
  status: z.object({
    userInfo: z.object({ username: z.string().default(''), uid: z.string().default('') }),
  }),
});

export type IdentityResult =
  | { readonly ok: true; readonly user: string; readonly uid: string }
  | { readonly ok: false; readonly error: StatusError };

/** Asks the cluster for the user of these credentials: a SelfSubjectReview each time. */
export async function identify(
  cluster: Cluster,
  as: Credentials,
  signal: AbortSignal,
): Promise<IdentityResult> {
  try {
    const answer = await cluster.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', SSR, {
      as,
      signal,
    });
    if (answer.status >= 300) {
      return { ok: false, error: statusError(answer) };
    }
    const { userInfo } = reviewSchema.parse(answer.body).status;
    return { ok: true, user: userInfo.username, uid: userInfo.uid };
  } catch (error) {
    return { ok: false, error: unreachable(error) };
  }
}

const SSR = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
