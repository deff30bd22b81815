import { appendFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Store } from '../../store.ts';
import { nameOf, objectSchema } from '../../rest/object.ts';
import { internal, invalidValue, required } from '../../rest/status.ts';
import type { Cause } from '../../rest/status.ts';
import { roleScope, scopeFaults, USER_SCOPES } from '../../webhooks/scopes.ts';
import {
  dnsSubdomainFaults,
  nameFieldCauses,
  pathSegmentFaults,
  userNameFaults,
} from '../names.ts';
import { oauthClientSchema } from './oauth-clients.ts';
import type { Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

const SHORTEST_NAME = 32;
const PREFIX = 'sha256~';
/** The one user of a token that can have no User object (openshift-facts.md 4.7). */
const KUBEADMIN = 'kube:admin';
const SERVICE_ACCOUNT = /^system:serviceaccount:[^:]+:[^:]+$/;
const MUTABLE = new Set(['metadata', 'inactivityTimeoutSeconds']);

export const accessTokenSchema = objectSchema.extend({
  clientName: z.string().default(''),
  userName: z.string().default(''),
  userUID: z.string().default(''),
  redirectURI: z.string().default(''),
  authorizeToken: z.string().optional(),
  scopes: z
    .array(z.string())
    .nullish()
    .transform((scopes) => scopes ?? []),
  expiresIn: z.int().optional(),
  inactivityTimeoutSeconds: z.int().optional(),
});

export type AccessToken = z.output<typeof accessTokenSchema>;

export const tokenFields = ['clientName', 'userName', 'userUID', 'authorizeToken'];

export function tokenFieldsOf(token: AccessToken): Record<string, string> {
  return {
    clientName: token.clientName,
    userName: token.userName,
    userUID: token.userUID,
    authorizeToken: token.authorizeToken ?? '',
  };
}

/**
 * OAuthAccessTokens (openshift-facts.md 4.3, 10.4). At creation the client and its scope restrictions are
 * checked; user, role and lifetime are not. The object is deleted by its etcd lease. Every name is
 * appended to `ledger`.
 */
export function oauthAccessTokens(store: Store, ledger: string): Resource {
  return storedResource(store, {
    group: 'oauth.openshift.io',
    plural: 'oauthaccesstokens',
    kind: 'OAuthAccessToken',
    singular: 'oauthaccesstoken',
    schema: accessTokenSchema,
    fields: tokenFields,
    fieldsOf: tokenFieldsOf,
    nameFaults: tokenNameFaults,
    takesGenerateName: false,
    validate: async (token, old) =>
      old === undefined ? await creationCauses(store, token) : updateCauses(token, old),
    answersDeleted: true,
    // Stored as shown, so that a PUT of the object as read changes nothing.
    prepare: shownToken,
    present: shownToken,
    lifetimeSeconds: ({ expiresIn = 0 }) => (expiresIn > 0 ? expiresIn : undefined),
    afterCreate: async (token) => await appendFile(ledger, `${nameOf(token)}\n`),
  });
}

/** As Go writes it: a zero is left out. */
export function shownToken(token: AccessToken): AccessToken {
  const { expiresIn = 0, inactivityTimeoutSeconds = 0, ...rest } = token;
  return {
    ...rest,
    ...(expiresIn !== 0 && { expiresIn }),
    ...(inactivityTimeoutSeconds !== 0 && { inactivityTimeoutSeconds }),
  };
}

function tokenNameFaults(name: string): string[] {
  const faults = pathSegmentFaults(name);
  if (faults.length > 0) {
    return faults;
  }
  return [
    ...(name.length < SHORTEST_NAME ? [`must be at least ${SHORTEST_NAME} characters long`] : []),
    ...(name.startsWith(PREFIX) ? [] : [`must begin with ${PREFIX}`]),
  ];
}

async function creationCauses(store: Store, token: AccessToken): Promise<Cause[]> {
  const causes = fieldCauses(token);
  if (token.clientName === '') {
    return causes;
  }
  const [found] = await store.read([{ resource: 'oauthclients', name: token.clientName }]);
  if (found === undefined) {
    const why = `oauthclients.oauth.openshift.io "${token.clientName}" not found`;
    return [...causes, internal('clientName', why)];
  }
  const { scopeRestrictions } = oauthClientSchema.parse(found);
  const refused = token.scopes.flatMap((scope) => scopeFaults(scope, scopeRestrictions));
  if (refused.length > 0) {
    const why = refused.length === 1 ? refused.join('') : `[${refused.join(', ')}]`;
    causes.push(internal('clientName', why));
  }
  return causes;
}

function fieldCauses(token: AccessToken): Cause[] {
  const causes = [
    ...nameFieldCauses('clientName', token.clientName, (name) =>
      SERVICE_ACCOUNT.test(name) ? [] : dnsSubdomainFaults(name),
    ),
    ...nameFieldCauses('userName', token.userName, (name) =>
      name === KUBEADMIN ? [] : userNameFaults(name),
    ),
    ...scopesCauses(token.scopes),
  ];
  if (token.userUID === '') {
    causes.push(required('userUID'));
  }
  const redirect = redirectFault(token.redirectURI);
  if (redirect !== undefined) {
    causes.push(invalidValue('redirectURI', token.redirectURI, redirect));
  }
  for (const field of ['inactivityTimeoutSeconds', 'expiresIn'] as const) {
    const seconds = token[field] ?? 0;
    if (seconds < 0) {
      causes.push(invalidValue(field, seconds, 'cannot be a negative value'));
    }
  }
  return causes;
}

function scopesCauses(scopes: readonly string[]): Cause[] {
  if (scopes.length === 0) {
    return [required('scopes', 'may not be empty')];
  }
  return scopes.flatMap((scope, index) => {
    const role = scope.startsWith('role:');
    if (scope in USER_SCOPES || (role && roleScope(scope) !== undefined)) {
      return [];
    }
    const detail = role ? `bad format for scope ${scope}` : 'no scope handler found';
    return [invalidValue(`scopes[${index}]`, scope, detail)];
  });
}

function redirectFault(uri: string): string | undefined {
  if (uri === '') {
    return 'may not be empty';
  }
  if (uri.includes('#')) {
    return 'may not contain a fragment';
  }
  const dots = uri
    .split(/[?#]/, 1)[0]
    ?.split('/')
    .find((part) => part === '.' || part === '..');
  return dots === undefined ? undefined : `may not contain a path segment of ${dots}`;
}

function updateCauses(token: AccessToken, old: AccessToken): Cause[] {
  const { inactivityTimeoutSeconds: next = 0 } = token;
  const { inactivityTimeoutSeconds: before = 0 } = old;
  const field = 'inactivityTimeoutSeconds';
  const changed = Object.keys({ ...old, ...token }).some(
    (key) => !MUTABLE.has(key) && !isDeepStrictEqual(token[key], old[key]),
  );
  // Measured: the field of the whole object is printed as [].
  const causes = changed ? [invalidValue('[]', token, 'field is immutable')] : [];
  if (next < 0) {
    causes.push(invalidValue(field, next, 'cannot be a negative value'));
  }
  if (next > 0 && next < before) {
    const detail = `cannot be less than the current value=${before}`;
    causes.push(invalidValue(field, next, detail));
  }
  if (before === 0 && next !== 0) {
    causes.push(invalidValue(field, next, 'cannot update non-timing-out token'));
  }
  return causes;
}
