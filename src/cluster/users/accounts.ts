import { z } from 'zod';
import { path } from '../api/cluster.ts';
import type { Cluster } from '../api/cluster.ts';
import { listAll } from '../api/list.ts';
import { metadataSchema } from '../api/objects.ts';

const USERS = ['apis', 'user.openshift.io', 'v1'] as const;

/** Where objects of user.openshift.io are, or one of them. */
export function userApi(
  plural: 'users' | 'identities' | 'useridentitymappings',
  ...name: readonly string[]
): string {
  return path(...USERS, plural, ...name);
}

export const userSchema = z.object({
  metadata: metadataSchema,
  identities: z.array(z.string()).nullish(),
});

/** A User; `identities` are the names of the Identities that lead to it. */
export type User = z.infer<typeof userSchema>;

export const identitySchema = z.object({
  metadata: metadataSchema,
  providerName: z.string().default(''),
  providerUserName: z.string().default(''),
  user: z.object({ name: z.string().default(''), uid: z.string().default('') }).nullish(),
});

/** What a provider calls somebody, and the User that it leads to, if it leads to one. */
export type Identity = z.infer<typeof identitySchema>;

/**
 * An Identity's name: `<provider>:<user>`, with the user in base64 where it holds `:` or `/`
 * (openshift-facts.md 4.1).
 */
export function identityName(provider: string, providerUser: string): string {
  if (!/[:/]/.test(providerUser)) return `${provider}:${providerUser}`;
  const coded = Buffer.from(providerUser).toString('base64').replaceAll('=', '');
  return `${provider}:b64:${coded}`;
}

/** The User of that name. */
export async function findUser(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<User | undefined> {
  return cluster.find(userSchema, { method: 'GET', path: userApi('users', name), signal });
}

/**
 * The Identities that have to do with a name: those that lead to a User of that name, whether there
 * is one or not, and those of people whom their provider calls `providerUser`. Needs `list` on identities.
 */
export async function findIdentities(
  cluster: Cluster,
  user: string,
  providerUser: string,
  signal?: AbortSignal,
): Promise<readonly Identity[]> {
  const at = userApi('identities');
  const list = (fieldSelector: string) =>
    listAll(cluster, identitySchema, { path: at, query: { fieldSelector }, signal });
  const found = await Promise.all([
    list(`user.name=${escaped(user)}`),
    list(`providerUserName=${escaped(providerUser)}`),
  ]);
  return [...new Map(found.flat().map((each) => [each.metadata.name, each])).values()];
}

// A selector's own signs, which names such as distinguished ones of LDAP are full of.
function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, '\\$&');
}
