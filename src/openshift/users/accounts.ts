import { z } from 'zod';
import { isSegment, path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../kubernetes/api/failure.ts';
import { listAll } from '../../kubernetes/api/list.ts';
import { metadataSchema } from '../../kubernetes/api/objects.ts';
import { LABELS } from '../../kubernetes/labels.ts';
import { shown } from '../../domain/inputs/shown.ts';
import { userNameProblem } from '../../domain/subject.ts';

const USERS = ['apis', 'user.openshift.io', 'v1'] as const;

/** The path of a collection of user.openshift.io, or of one object. */
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

/** A person's name at a provider, and the User that it leads to, if there is one. */
export type UserIdentity = z.infer<typeof identitySchema>;

/** An Identity's name: `<provider>:<user>`, the user as {@link providerUserName} has it (openshift-facts.md 4.1). */
export function identityName(provider: string, providerUser: string): string {
  return `${provider}:${providerUserName(providerUser)}`;
}

/**
 * A provider's name for a person, as an Identity holds it. A name with `:` or `/` is written in base64,
 * without padding (oauth-server, pkg/api/types.go). An encoded name is not encoded again; a name that only
 * looks encoded is treated like any other.
 */
export function providerUserName(called: string): string {
  if (!/[:/]/.test(called) || decodedUserName(called) !== undefined) return called;
  return coded(called);
}

// The character / of base64 is not allowed in an object's name.
const CODED = /^b64:[A-Za-z0-9+]+$/;

/**
 * The provider's name behind a `b64:…` that {@link providerUserName} wrote; undefined for a name that only
 * looks encoded, or whose decoded form needs no base64.
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
 * The User that OpenShift makes at the first login of a person whose name at the provider no User can have. A
 * name with `:` or `/` is written in base64, without padding (oauth-server, pkg/api/types.go). Undefined if
 * the result is no User's name either, so that the login fails. Base64 may contain `/`, and a name whose only
 * problem is `%` is not encoded. A preferred name is never encoded.
 */
export function codedUserName(providerUser: string): string | undefined {
  const name = providerUserName(providerUser);
  return name !== providerUser && isAccountName(name) ? name : undefined;
}

/**
 * Whether a User or a Group can have the name (openshift-facts.md 4.1): no `/`, `%` or `:`. The name `~` would
 * be the caller. A User's may begin with `b64:`.
 */
export function isAccountName(name: string): boolean {
  return isSegment(name) && name !== '~' && userNameProblem(name) === undefined;
}

/**
 * Throws a ClusterFailure if an answer is about another object than the requested one: a proxy in between has
 * changed the path.
 */
export function assertAsked(name: string, found: { readonly metadata: { readonly name: string } }) {
  if (found.metadata.name === name) return;
  throw new ClusterFailure(
    `the request was for ${shown(name)}, and the answer is about ${shown(found.metadata.name)}: a proxy between Purser and the API server changes its paths`,
    { failureCause: 'configuration' },
  );
}

/** The User of that name; undefined, without a request, for a name that no User can have. */
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
 * The Identities that concern a name: those that lead to a User of that name, whether it exists or not, and
 * those with one of the names `called` at their provider. Needs `list` on identities.
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

/** All Identities that Purser made. Needs `list` on identities. */
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

// A selector's special characters, which LDAP's distinguished names contain.
function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, '\\$&');
}
