import { z } from 'zod';
import { withRevision } from '../store.ts';
import type { Store } from '../store.ts';
import { groupsOf } from '../resources/user/groups.ts';
import { accessTokenSchema } from '../resources/oauth/oauth-access-tokens.ts';
import type { AccessToken } from '../resources/oauth/oauth-access-tokens.ts';
import { oauthClientSchema } from '../resources/oauth/oauth-clients.ts';
import { revisionOf } from '../rest/object.ts';
import { badRequest } from '../rest/status.ts';
import { objectNameOf } from '../token-name.ts';

export const SCOPES_KEY = 'scopes.authorization.openshift.io';

const reviewSchema = z.object({
  apiVersion: z.literal('authentication.k8s.io/v1'),
  kind: z.literal('TokenReview'),
  spec: z.object({ token: z.string().default('') }),
});

/**
 * Answers a TokenReview (authentication.k8s.io/v1) by the OAuthAccessTokens: live, of a user who still is the same one, and not
 * inactive (openshift-facts.md 4.3, 10.4). Anything else is `authenticated: false`, without a word about why.
 */
export function createAuthenticator(store: Store) {
  return async (body: unknown): Promise<object> => {
    const review = reviewSchema.safeParse(body);
    if (!review.success) {
      throw badRequest(`not a TokenReview of v1: ${z.prettifyError(review.error)}`);
    }
    const { apiVersion, kind, spec } = review.data;
    const user = await userBehind(store, spec.token);
    const status = user === undefined ? { authenticated: false } : { authenticated: true, user };
    return { apiVersion, kind, status };
  };
}

async function userBehind(store: Store, secret: string): Promise<object | undefined> {
  const name = objectNameOf(secret);
  if (name === undefined) {
    return undefined;
  }
  const [found] = await store.read([{ resource: 'oauthaccesstokens', name }]);
  if (found === undefined) {
    return undefined;
  }
  const token = accessTokenSchema.parse(found);
  const owner = { resource: 'users', name: token.userName };
  const { object: user, items } = await store.readBeside(owner, 'groups');
  const alive = !isExpired(token) && !isInactive(token);
  if (!alive || user === undefined || user.metadata.uid !== token.userUID) {
    return undefined;
  }
  await noteUse(store, token);
  return {
    username: token.userName,
    uid: token.userUID,
    groups: [
      ...groupsOf(token.userName, items),
      'system:authenticated:oauth',
      'system:authenticated',
    ],
    extra: { [SCOPES_KEY]: token.scopes },
  };
}

/** The lease takes an expired token away only within a second or two. */
const isExpired = (token: AccessToken): boolean =>
  (token.expiresIn ?? 0) > 0 && ageSeconds(token) >= (token.expiresIn ?? 0);

const isInactive = (token: AccessToken): boolean =>
  (token.inactivityTimeoutSeconds ?? 0) > 0 &&
  ageSeconds(token) >= (token.inactivityTimeoutSeconds ?? 0);

const ageSeconds = ({ metadata }: AccessToken): number =>
  (Date.now() - Date.parse(metadata.creationTimestamp ?? '')) / 1_000;

/**
 * A use moves the inactivity timeout on by the client's own; a client without one ERASES it, as measured
 * (openshift-facts.md 10.4). Losing the race to another use is as good.
 */
async function noteUse(store: Store, token: AccessToken): Promise<void> {
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
