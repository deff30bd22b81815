import { PurserError } from '../../domain/errors.ts';
import { shown } from '../../domain/inputs/shown.ts';
import type { Left } from '../../access/model/report/report.ts';
import { anything, isSegment } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure, isNotFound } from '../../kubernetes/api/failure.ts';
import { ANNOTATIONS, LABELS } from '../../kubernetes/labels.ts';
import {
  findIdentities,
  findOwnIdentities,
  findUser,
  identityName,
  identitySchema,
  providerUserName,
  userApi,
  userSchema,
} from './accounts.ts';
import type { UserIdentity, User } from './accounts.ts';

/** A login to create in advance. Only the run `madeBy` may undo it. */
export interface LoginToProvision {
  readonly user: string;
  readonly provider: string;
  /** The person's name at the provider; LDAP's and others' is not the login name (src/identity/model/identity-names.ts). */
  readonly providerUser: string;
  readonly madeBy: string;
}

/** What identifies a login for its undo: the run and the user. */
export type ProvisionedLogin = Pick<LoginToProvision, 'user' | 'madeBy'>;

/** The created objects, in words; empty if all existed already. */
export type CreatedObjects = readonly string[];

/** The objects that an undo deleted, in words, and those that it left, with the reason. */
export interface ProvisionUndone {
  readonly gone: CreatedObjects;
  readonly kept: readonly Left[];
}

/**
 * Creates what a provider with mappingMethod lookup needs: User, Identity, and the mapping between them
 * (openshift-facts.md 4.2). Matching objects that exist already are kept.
 *
 * Throws `InvalidRequest`, before anything is created, if no Identity can have the name. Throws `Conflict` if
 * the User or the Identity belongs to another person, or if the Identity has no mapping and this run did not
 * create it: Purser takes over no object.
 */
export async function provisionLogin(
  cluster: Cluster,
  login: LoginToProvision,
  signal?: AbortSignal,
): Promise<CreatedObjects> {
  const name = identityName(login.provider, login.providerUser);
  if (!isSegment(name)) {
    throw new PurserError(
      'InvalidRequest',
      `no Identity can be called ${shown(name)}, which is what a login of ${shown(login.providerUser)} through ${login.provider} would look up: every such login fails; the person needs another name at ${login.provider}`,
    );
  }
  const user = await ensure(cluster, userManifest(login), 'users', signal);
  const identity = await ensure(cluster, identityManifest(login), 'identities', signal);
  const account = userSchema.parse(user.object);
  const isMapped = await ensureMapping(cluster, login, identitySchema.parse(identity.object), {
    account,
    mine: identity.mine,
    signal,
  });
  return [
    ...(user.mine ? [`User ${login.user}`] : []),
    ...(identity.mine ? [`Identity ${name}`] : []),
    ...(isMapped ? [`the mapping ${name} to ${login.user}`] : []),
  ];
}

/**
 * Deletes what the run created, the mapping first: a login needs it. A User that has got another identity
 * meanwhile stays, because it is in use. An Identity that now leads to another User stays, because an
 * administrator has decided that.
 */
export async function undoProvision(
  cluster: Cluster,
  login: ProvisionedLogin,
  signal?: AbortSignal,
): Promise<ProvisionUndone> {
  const gone: string[] = [];
  const kept: Left[] = [];
  // The person's name at the provider was looked up when the login was created, and is not looked up again.
  const [mapped, own] = await Promise.all([
    findIdentities(cluster, login.user, [], signal),
    findOwnIdentities(cluster, signal),
  ]);
  const all = new Map([...mapped, ...own].map((each) => [each.metadata.name, each]));
  const mine = [...all.values()].filter((each) => isMine(each, login));
  for (const identity of mine) {
    if (leadsElsewhere(identity, login.user)) kept.push(notOursAnyMore(identity));
    else gone.push(...(await deleteIdentity(cluster, identity, signal)));
  }
  const user = await findUser(cluster, login.user, signal);
  if (user !== undefined && isMine(user, login) && (user.identities ?? []).length === 0) {
    await deleteIfThere(cluster, userApi('users', login.user), user.metadata.uid, signal);
    gone.push(`User ${login.user}`);
  }
  return { gone, kept };
}

function leadsElsewhere({ user }: UserIdentity, to: string): boolean {
  const leadsTo = user?.name ?? '';
  return leadsTo !== '' && leadsTo !== to;
}

function notOursAnyMore({ metadata, user }: UserIdentity): Left {
  const why = `not ours any more: it leads to the User ${shown(user?.name ?? '')}`;
  return { what: `Identity ${metadata.name}`, why };
}

async function deleteIdentity(
  cluster: Cluster,
  { metadata: { name, uid }, user }: UserIdentity,
  signal: AbortSignal | undefined,
): Promise<CreatedObjects> {
  const isMapped = (user?.name ?? '') !== '';
  if (isMapped)
    await deleteIfThere(cluster, userApi('useridentitymappings', name), undefined, signal);
  await deleteIfThere(cluster, userApi('identities', name), uid, signal);
  return [...(isMapped ? [`the mapping ${name}`] : []), `Identity ${name}`];
}

/** Maps the Identity to the User if it is not mapped yet; resolves to whether this run did it. */
async function ensureMapping(
  cluster: Cluster,
  login: LoginToProvision,
  identity: UserIdentity,
  found: MappingContext,
): Promise<boolean> {
  const { name } = identity.metadata;
  const leadsTo = identity.user?.name ?? '';
  if (leadsTo !== '' && isMapping(identity, login.user, found.account)) return found.mine;
  const obstacle = obstacleTo(login, identity, found);
  if (obstacle !== undefined) throw new PurserError('Conflict', obstacle);
  const body = {
    ...manifest('UserIdentityMapping', name),
    identity: { name },
    user: { name: login.user },
  };
  await cluster.call(anything, {
    method: 'POST',
    path: userApi('useridentitymappings'),
    body,
    signal: found.signal,
  });
  return true;
}

/** Whether Identity and User refer to each other: otherwise a login fails (facts 4.2). */
function isMapping({ metadata, user }: UserIdentity, name: string, account: User): boolean {
  const isSame = user?.name === name && user.uid === account.metadata.uid;
  return isSame && account.identities?.includes(metadata.name) === true;
}

/** The owner of the User or the Identity, if it is another one, and what the reader can do about it. */
function obstacleTo(
  login: LoginToProvision,
  { metadata: { name }, user }: UserIdentity,
  { account, mine }: MappingContext,
): string | undefined {
  const leadsTo = user?.name ?? '';
  if (leadsTo !== '') {
    return `the Identity ${name} leads to the User ${leadsTo} (uid ${user?.uid ?? 'unknown'}), or to one that is gone or does not list it. Purser takes over no object: if no person logs in with it, delete it (oc delete identity '${name}'), then start again`;
  }
  const others = (account.identities ?? []).filter((each) => each !== name);
  if (others.length > 0) {
    return `the User ${login.user} belongs to ${others.join(', ')}: a login as ${name} would get all that it may do. If it is the same person, map it yourself (oc create identity '${name}'; oc create useridentitymapping '${name}' ${login.user})`;
  }
  return mine
    ? undefined
    : `the Identity ${name} is there and leads to no User, and Purser did not make it; map it yourself (oc create useridentitymapping '${name}' ${login.user}) or delete it, then start again`;
}

interface MappingContext {
  readonly account: User;
  readonly mine: boolean;
  readonly signal: AbortSignal | undefined;
}

interface WithMetadata {
  readonly metadata: User['metadata'];
}

async function ensure(
  cluster: Cluster,
  body: { readonly metadata: { readonly name: string; readonly annotations: Annotations } },
  plural: 'users' | 'identities',
  signal: AbortSignal | undefined,
): Promise<{ readonly object: unknown; readonly mine: boolean }> {
  try {
    const call = { method: 'POST', path: userApi(plural), body, signal } as const;
    return { object: await cluster.call(anything, call), mine: true };
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.reason !== 'AlreadyExists') throw error;
    const at = userApi(plural, body.metadata.name);
    const there = await cluster.call(anything, { method: 'GET', path: at, signal });
    // An earlier attempt of the same run may have made it.
    const { metadata } = userSchema.parse(there);
    const mine =
      metadata.annotations?.[ANNOTATIONS.madeBy] === body.metadata.annotations[ANNOTATIONS.madeBy];
    return { object: there, mine };
  }
}

/** Deletes an object, if it is there; `uid` protects a new object of the same name. */
async function deleteIfThere(
  cluster: Cluster,
  path: string,
  uid: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const body =
    uid === undefined
      ? undefined
      : { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
  try {
    await cluster.call(anything, { method: 'DELETE', path, body, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function isMine({ metadata }: WithMetadata, { madeBy }: Pick<LoginToProvision, 'madeBy'>): boolean {
  return metadata.annotations?.[ANNOTATIONS.madeBy] === madeBy;
}

type Annotations = Readonly<Record<string, string>>;

function userManifest({ user, madeBy }: LoginToProvision) {
  return withMarks(manifest('User', user), madeBy);
}

function identityManifest({ provider, providerUser, madeBy }: LoginToProvision) {
  const name = identityName(provider, providerUser);
  return {
    ...withMarks(manifest('Identity', name), madeBy),
    providerName: provider,
    providerUserName: providerUserName(providerUser),
  };
}

function withMarks(object: ReturnType<typeof manifest>, madeBy: string) {
  const notes: Annotations = { [ANNOTATIONS.madeBy]: madeBy };
  const labels = { [LABELS.managed]: 'login' };
  return { ...object, metadata: { ...object.metadata, labels, annotations: notes } };
}

function manifest(kind: string, name: string) {
  return { apiVersion: 'user.openshift.io/v1', kind, metadata: { name } };
}
