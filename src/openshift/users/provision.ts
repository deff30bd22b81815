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

/** A login that is to be made beforehand. Only the run `madeBy` may undo it. */
export interface LoginToProvision {
  readonly user: string;
  readonly provider: string;
  /** What the provider calls the person: for LDAP and others not what they log in with (domain/login/calling.ts). */
  readonly providerUser: string;
  readonly madeBy: string;
}

/** What an undo goes by: the run, and whom it was for. */
export type MadeLogin = Pick<LoginToProvision, 'user' | 'madeBy'>;

/** What was made, in words; empty where all was there already. */
export type Made = readonly string[];

/** What an undo has taken back, in words, and what it has left, with the reason. */
export interface ProvisionUndone {
  readonly gone: Made;
  readonly kept: readonly Left[];
}

/**
 * Makes what a provider with mappingMethod lookup looks for: User, Identity, and the mapping between
 * them (openshift-facts.md 4.2). What is there already and fits is taken as it is.
 *
 * Throws `InvalidRequest`, before anything is made, where no Identity can have the name, and `Conflict`
 * where the User or the Identity is somebody else's already, or the Identity is there without a mapping
 * and not of this run's making: Purser takes over nothing.
 */
export async function provisionLogin(
  cluster: Cluster,
  login: LoginToProvision,
  signal?: AbortSignal,
): Promise<Made> {
  const name = identityName(login.provider, login.providerUser);
  if (!isSegment(name)) {
    throw new PurserError(
      'InvalidRequest',
      `no Identity can be called ${shown(name)}, which is what a login of ${shown(login.providerUser)} through ${login.provider} would look up: it is refused, whatever is made; the person needs another name at ${login.provider}`,
    );
  }
  const user = await ensure(cluster, userManifest(login), 'users', signal);
  const identity = await ensure(cluster, identityManifest(login), 'identities', signal);
  const account = userSchema.parse(user.object);
  const isMapped = await mapOnce(cluster, login, identitySchema.parse(identity.object), {
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
 * Takes back what the run made, the mapping first: it is what a login needs. A User that has got
 * another identity meanwhile stays, for somebody uses it, and so does an Identity that leads to another User
 * meanwhile: somebody has decided that.
 */
export async function undoProvision(
  cluster: Cluster,
  login: MadeLogin,
  signal?: AbortSignal,
): Promise<ProvisionUndone> {
  const gone: string[] = [];
  const kept: Left[] = [];
  // What the provider calls the person is found out when the login is made, and is not asked again here.
  const [mapped, own] = await Promise.all([
    findIdentities(cluster, login.user, [], signal),
    findOwnIdentities(cluster, signal),
  ]);
  const all = new Map([...mapped, ...own].map((each) => [each.metadata.name, each]));
  const mine = [...all.values()].filter((each) => isMine(each, login));
  for (const identity of mine) {
    if (leadsElsewhere(identity, login.user)) kept.push(left(identity));
    else gone.push(...(await takeBack(cluster, identity, signal)));
  }
  const user = await findUser(cluster, login.user, signal);
  if (user !== undefined && isMine(user, login) && (user.identities ?? []).length === 0) {
    await drop(cluster, userApi('users', login.user), user.metadata.uid, signal);
    gone.push(`User ${login.user}`);
  }
  return { gone, kept };
}

function leadsElsewhere({ user }: UserIdentity, to: string): boolean {
  const leadsTo = user?.name ?? '';
  return leadsTo !== '' && leadsTo !== to;
}

function left({ metadata, user }: UserIdentity): Left {
  const why = `not ours any more: it leads to the User ${shown(user?.name ?? '')}`;
  return { what: `Identity ${metadata.name}`, why };
}

async function takeBack(
  cluster: Cluster,
  { metadata: { name, uid }, user }: UserIdentity,
  signal: AbortSignal | undefined,
): Promise<Made> {
  const isMapped = (user?.name ?? '') !== '';
  if (isMapped) await drop(cluster, userApi('useridentitymappings', name), undefined, signal);
  await drop(cluster, userApi('identities', name), uid, signal);
  return [...(isMapped ? [`the mapping ${name}`] : []), `Identity ${name}`];
}

/** Maps the Identity to the User unless it is; resolves to whether this run did it. */
async function mapOnce(
  cluster: Cluster,
  login: LoginToProvision,
  identity: UserIdentity,
  found: Found,
): Promise<boolean> {
  const { name } = identity.metadata;
  const leadsTo = identity.user?.name ?? '';
  if (leadsTo !== '' && leads(identity, login.user, found.account)) return found.mine;
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

/** Whether both sides know each other: only then does a login get through (facts 4.2). */
function leads({ metadata, user }: UserIdentity, name: string, account: User): boolean {
  const isSame = user?.name === name && user.uid === account.metadata.uid;
  return isSame && account.identities?.includes(metadata.name) === true;
}

/** Whose the User or the Identity is already, and what the reader can do about it. */
function obstacleTo(
  login: LoginToProvision,
  { metadata: { name }, user }: UserIdentity,
  { account, mine }: Found,
): string | undefined {
  const leadsTo = user?.name ?? '';
  if (leadsTo !== '') {
    return `the Identity ${name} leads to the User ${leadsTo} (uid ${user?.uid ?? 'unknown'}), or to one that is gone or does not list it; Purser takes over nothing: delete it if nobody logs in with it (oc delete identity '${name}'), then start again`;
  }
  const others = (account.identities ?? []).filter((each) => each !== name);
  if (others.length > 0) {
    return `the User ${login.user} belongs to ${others.join(', ')}: a login as ${name} would get all that it may do. If it is the same person, map it yourself (oc create identity '${name}'; oc create useridentitymapping '${name}' ${login.user})`;
  }
  return mine
    ? undefined
    : `the Identity ${name} is there and leads to no User, and Purser did not make it; map it yourself (oc create useridentitymapping '${name}' ${login.user}) or delete it, then start again`;
}

interface Found {
  readonly account: User;
  readonly mine: boolean;
  readonly signal: AbortSignal | undefined;
}

interface Kept {
  readonly metadata: User['metadata'];
}

async function ensure(
  cluster: Cluster,
  body: { readonly metadata: { readonly name: string; readonly annotations: Notes } },
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

/** Deletes what is there still; `uid` keeps one that was made anew under the name. */
async function drop(
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

function isMine({ metadata }: Kept, { madeBy }: Pick<LoginToProvision, 'madeBy'>): boolean {
  return metadata.annotations?.[ANNOTATIONS.madeBy] === madeBy;
}

type Notes = Readonly<Record<string, string>>;

function userManifest({ user, madeBy }: LoginToProvision) {
  return marked(manifest('User', user), madeBy);
}

function identityManifest({ provider, providerUser, madeBy }: LoginToProvision) {
  const name = identityName(provider, providerUser);
  return {
    ...marked(manifest('Identity', name), madeBy),
    providerName: provider,
    providerUserName: providerUserName(providerUser),
  };
}

function marked(object: ReturnType<typeof manifest>, madeBy: string) {
  const notes: Notes = { [ANNOTATIONS.madeBy]: madeBy };
  const labels = { [LABELS.managed]: 'login' };
  return { ...object, metadata: { ...object.metadata, labels, annotations: notes } };
}

function manifest(kind: string, name: string) {
  return { apiVersion: 'user.openshift.io/v1', kind, metadata: { name } };
}
