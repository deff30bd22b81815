import type { Store } from '../../store.ts';
import type { KubeObject } from '../../rest/object.ts';
import { deleted, notFound } from '../../rest/status.ts';
import {
  accessTokenSchema,
  shownToken,
  tokenFields,
  tokenFieldsOf,
} from './oauth-access-tokens.ts';
import type { AccessToken } from './oauth-access-tokens.ts';
import type { Caller, Query, Resource } from '../resource.ts';

const subject = {
  group: 'oauth.openshift.io',
  plural: 'useroauthaccesstokens',
  kind: 'UserOAuthAccessToken',
};

/**
 * The caller's own OAuthAccessTokens under another name; those of other users are 404 (openshift-facts.md
 * 4.3, 10.4).
 */
export function userOAuthAccessTokens(store: Store, tokens: Resource): Resource {
  const find = async (name: string, caller: Caller): Promise<AccessToken> => {
    const [found] = await store.read([{ resource: 'oauthaccesstokens', name }]);
    if (found === undefined || !isOwn(found, caller)) {
      throw notFound(subject, name);
    }
    return accessTokenSchema.parse(found);
  };
  const owned = (query: Query, caller: Caller) => ({
    ...query,
    match: (object: KubeObject) => isOwn(object, caller) && query.match(object),
  });

  return {
    ...subject,
    singular: 'useroauthaccesstoken',
    namespaced: false,
    fields: tokenFields,
    fieldsOf: (object) => tokenFieldsOf(accessTokenSchema.parse(object)),

    get: async ({ name }, { caller }) => shown(await find(name, caller)),

    async list(query, { caller }) {
      const { items, revision } = await store.list('oauthaccesstokens');
      return { items: items.filter(owned(query, caller).match).map(shown), revision };
    },

    async *watch({ after, signal, ...query }, context) {
      const own = { ...owned(query, context.caller), after, signal };
      for await (const event of tokens.watch?.(own, context) ?? []) {
        yield 'object' in event ? { ...event, object: shown(event.object) } : event;
      }
    },

    async remove(ref, preconditions, context) {
      const { metadata } = await find(ref.name, context.caller);
      await tokens.remove?.(ref, preconditions, context);
      return deleted(subject, ref.name, metadata.uid ?? '');
    },
  };
}

/** By name and, if kube-apiserver sends it, by UID: a recreated user does not own the old user's tokens. */
function isOwn(object: KubeObject, { name, uid }: Caller): boolean {
  const token = accessTokenSchema.parse(object);
  return token.userName === name && (uid === '' || uid === token.userUID);
}

function shown(object: KubeObject): KubeObject {
  return {
    ...shownToken(accessTokenSchema.parse(object)),
    kind: subject.kind,
  };
}
