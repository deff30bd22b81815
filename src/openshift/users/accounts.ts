import { z } from 'zod';
import { isSegment, path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../kubernetes/api/failure.ts';
import { listAll } from '../../kubernetes/api/list.ts';
import { metadataSchema } from '../../kubernetes/api/objects.ts';
import { LABELS } from '../../kubernetes/labels.ts';
import { shown } from '../../domain/inputs/shown.ts';
import { whyNoUser } from '../../domain/subject.ts';

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
export type UserIdentity = z.infer<typeof identitySchema>;

/** An Identity's name: `<provider>:<user>`, the user as {@link providerUserName} has it (openshift-facts.md 4.1). */
export function identityName(provider: string, providerUser: string): string {
  return `${provider}:${providerUserName(providerUser)}`;
}

/**
 * What stands in an Identity for whom a provider calls so: what holds `:` or `/` is written in base64,
 * without padding (oauth-server, pkg/api/types.go). What is written so already stays as it is;
 * what only looks so is a name like any other.
 */
export function providerUserName(called: string): string {
  if (!/[:/]/.test(called) || decodedUserName(called) !== undefined) return called;
  return coded(called);
}

// The sign / of base64 can stand in no name of an object.
const CODED = /^b64:[A-Za-z0-9+]+$/;

/**
 * Whom a provider calls by a name that became `b64:…`, as {@link providerUserName} writes it; undefined for
 * a name that only looks so, or that nothing in need of base64 becomes.
 */
export function decodedUserName(name: string): string | undefined {
  if (!CODED.test(name)) return undefined;
  const called = Buffer.from(name.slice('b64:'.length), 'base64').toString();
  return /[:/]/.test(called) && coded(called) === name ? called : undefined;
}

function coded(called: string): string {
  return `b64:${Buffer.from(called).toString('base64').replaceAll('=', '')}`;
}

/**
 * The User that OpenShift makes, at the first login, for whom a provider calls by a name that no User can
 * have: what it holds of `:` or `/` has it written in base64, without padding (oauth-server, pkg/api/types.go).
 * Undefined where that, too, is no name of a User, so that the login fails: base64 has `/` as well, and a name
 * with nothing but `%` stays as it is. A name that the provider prefers for the person is never written so.
 */
export function codedUserName(providerUser: string): string | undefined {
  const name = providerUserName(providerUser);
  return name !== providerUser && isAccountName(name) ? name : undefined;
}

/**
 * Whether a User or a Group can have the name (openshift-facts.md 4.1): no `/`, `%` or `:`, and `~`
 * would be whoever asks. A User's may begin with `b64:`.
 */
export function isAccountName(name: string): boolean {
  return isSegment(name) && name !== '~' && whyNoUser(name) === undefined;
}

/**
 * Throws a ClusterFailure where an answer is about another object than the one that was asked for:
 * something in between has changed the path.
 */
export function assertAsked(name: string, found: { readonly metadata: { readonly name: string } }) {
  if (found.metadata.name === name) return;
  throw new ClusterFailure(
    `${shown(name)} was asked for, and the answer is about ${shown(found.metadata.name)}: what stands between Purser and the API server changes its paths`,
    { failureCause: 'configuration' },
  );
}

/** The User of that name; undefined for a name that none can have, without asking. */
export async function findUser(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<User | undefined> {
  if (!isAccountName(name)) return undefined;
  const at = userApi('users', name);
  const user = await cluster.find(userSchema, { method: 'GET', path: at, signal });
  if (user !== undefined) assertAsked(name, user);
  return user;
}

/**
 * The Identities that have to do with a name: those that lead to a User of that name, whether there
 * is one or not, and those of people whom their provider calls one of `called`. Needs `list` on identities.
 */
export async function findIdentities(
  cluster: Cluster,
  user: string,
  called: readonly string[],
  signal?: AbortSignal,
): Promise<readonly UserIdentity[]> {
  const names = new Set(called.map(providerUserName));
  const selectors = [
    `user.name=${escaped(user)}`,
    ...[...names].map((name) => `providerUserName=${escaped(name)}`),
  ];
  const found = await Promise.all(
    selectors.map((fieldSelector) => list(cluster, { fieldSelector }, signal)),
  );
  return [...new Map(found.flat().map((each) => [each.metadata.name, each])).values()];
}

/** The Identities that Purser made, whoever they are for. Needs `list` on identities. */
export async function findOwnIdentities(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly UserIdentity[]> {
  return list(cluster, { labelSelector: `${LABELS.managed}=login` }, signal);
}

function list(
  cluster: Cluster,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<readonly UserIdentity[]> {
  return listAll(cluster, identitySchema, { path: userApi('identities'), query, signal });
}

// A selector's own signs, which names such as distinguished ones of LDAP are full of.
function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, '\\$&');
}
