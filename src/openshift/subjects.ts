import { z } from 'zod';
import { serviceAccountGroups } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { listAll } from '../kubernetes/api/list.ts';
import { metadataSchema, objectSchema } from '../kubernetes/api/objects.ts';
import { assertAsked, findUser, isAccountName } from './users/accounts.ts';

const SYNCED_BY = 'oauth.openshift.io/idp.';

const USERS = ['apis', 'user.openshift.io', 'v1'] as const;

const groupSchema = z.object({ metadata: metadataSchema, users: z.array(z.string()).nullish() });
type Group = z.infer<typeof groupSchema>;
const apiGroupsSchema = z.object({ groups: z.array(z.object({ name: z.string() })) });

/**
 * What the cluster knows of a subject. `uid` is absent if it does not exist (a person before the first
 * login). `groups` are all those that a review needs. `identities`, for people, are the names of their
 * Identities. `memberCount` and `syncedFrom`, in words, are for groups.
 */
export interface SubjectFacts {
  readonly exists: boolean;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly identities?: readonly string[];
  /** Never the members themselves: these facts stay in the histories of workflows. */
  readonly memberCount?: number;
  readonly syncedFrom?: string;
}

/**
 * Looks a subject up. `hasUserApi` is {@link servesUsers}: without OpenShift's user API (plain
 * Kubernetes, or an external OIDC issuer) people and groups are names without objects.
 */
export async function findSubject(
  cluster: Cluster,
  subject: Subject,
  hasUserApi: boolean,
  signal?: AbortSignal,
): Promise<SubjectFacts> {
  if (subject.kind === 'ServiceAccount') return findServiceAccount(cluster, subject, signal);
  if (!hasUserApi) {
    const groups = subject.kind === 'Group' ? [subject.name] : ['system:authenticated'];
    return { exists: true, groups };
  }
  return subject.kind === 'Group'
    ? findGroup(cluster, subject.name, signal)
    : findPerson(cluster, subject.name, signal);
}

/**
 * The uid that a subject has now; undefined if it does not exist. It needs one GET, while {@link findSubject}
 * reads all groups. People and groups need {@link servesUsers}.
 */
export async function findUid(
  cluster: Cluster,
  subject: Subject,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (subject.kind !== 'ServiceAccount' && !isAccountName(subject.name)) return undefined;
  const at =
    subject.kind === 'ServiceAccount'
      ? path('api', 'v1', 'namespaces', subject.namespace, 'serviceaccounts', subject.name)
      : path(...USERS, subject.kind === 'User' ? 'users' : 'groups', subject.name);
  const found = await cluster.find(objectSchema, { method: 'GET', path: at, signal });
  if (found !== undefined) assertAsked(subject.name, found);
  return found?.metadata.uid;
}

/** Whether the cluster serves user.openshift.io: it does not with an external OIDC issuer (facts 4.6). */
export async function servesUsers(cluster: Cluster, signal?: AbortSignal): Promise<boolean> {
  const { groups } = await cluster.call(apiGroupsSchema, { method: 'GET', path: '/apis', signal });
  return groups.some(({ name }) => name === 'user.openshift.io');
}

/** A namespace's metadata; undefined if there is none of that name. */
export async function findNamespace(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<z.infer<typeof metadataSchema> | undefined> {
  const at = path('api', 'v1', 'namespaces', name);
  return (await cluster.find(objectSchema, { method: 'GET', path: at, signal }))?.metadata;
}

async function findPerson(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<SubjectFacts> {
  const [user, groups] = await Promise.all([
    findUser(cluster, name, signal),
    listAll(cluster, groupSchema, { path: path(...USERS, 'groups'), signal }),
  ]);
  const memberOf = groups
    .filter(({ users }) => users?.includes(name) === true)
    .map(({ metadata }) => metadata.name);
  const uid = user?.metadata.uid;
  return {
    exists: user !== undefined,
    ...(uid === undefined ? {} : { uid }),
    groups: [...memberOf, 'system:authenticated', 'system:authenticated:oauth'],
    identities: user?.identities ?? [],
  };
}

async function findGroup(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<SubjectFacts> {
  // The cluster's own groups, such as those of service accounts, have no Group object.
  if (name.startsWith('system:')) return { exists: true, groups: [name] };
  const group = await findGroupObject(cluster, name, signal);
  const uid = group?.metadata.uid;
  const syncedFrom = group === undefined ? undefined : sourceOf(group);
  return {
    exists: group !== undefined,
    ...(uid === undefined ? {} : { uid }),
    groups: [name],
    memberCount: group?.users?.length ?? 0,
    ...(syncedFrom === undefined ? {} : { syncedFrom }),
  };
}

async function findGroupObject(
  cluster: Cluster,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Group | undefined> {
  if (!isAccountName(name)) return undefined;
  const at = path(...USERS, 'groups', name);
  const group = await cluster.find(groupSchema, { method: 'GET', path: at, signal });
  if (group !== undefined) assertAsked(name, group);
  return group;
}

/**
 * Where a group's members come from. `oc adm groups sync` writes the openshift.io/ldap.* annotations
 * (product documentation, "Syncing LDAP groups"); the oauth-server writes oauth.openshift.io/idp.<name>
 * at each login through an OpenID provider with a groups claim (oauth-server, pkg/groupmapper).
 */
function sourceOf({ metadata }: Group): string | undefined {
  const notes = metadata.annotations ?? {};
  const server = notes['openshift.io/ldap.url'] ?? metadata.labels?.['openshift.io/ldap.host'];
  if (server !== undefined) {
    const last = notes['openshift.io/ldap.sync-time'];
    return `LDAP ${server}${last === undefined ? '' : ` (last at ${last})`}`;
  }
  const providers = Object.entries(notes)
    .filter(([key, value]) => key.startsWith(SYNCED_BY) && value === 'synced')
    .map(([key]) => key.slice(SYNCED_BY.length));
  if (providers.length > 0) return `the identity provider ${providers.join(', ')} at each login`;
  return notes['oauth.openshift.io/generated'] === 'true' ? 'an identity provider' : undefined;
}

async function findServiceAccount(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal?: AbortSignal,
): Promise<SubjectFacts> {
  const at = path('api', 'v1', 'namespaces', namespace, 'serviceaccounts', name);
  const account = await cluster.find(objectSchema, { method: 'GET', path: at, signal });
  const uid = account?.metadata.uid;
  return {
    exists: account !== undefined,
    ...(uid === undefined ? {} : { uid }),
    groups: serviceAccountGroups(namespace),
  };
}
