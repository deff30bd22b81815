import { createFinding } from '../../domain/finding.ts';
import type { Finding } from '../../domain/finding.ts';
import { roleOf, formatAccess } from '../model/access.ts';
import type { Access, RoleSet } from '../model/access.ts';
import { PurserError } from '../../domain/errors.ts';
import { shown } from '../../domain/inputs/shown.ts';
import type { GrantRecord } from '../model/report/report.ts';
import { formatSubject } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import { path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../kubernetes/api/failure.ts';
import {
  differencesOf,
  isGrant,
  isRecordedFor,
  noteOf,
  standsFor,
  staleness,
  describeDifferences,
} from './record.ts';
import { ANNOTATIONS, LABELS, MANAGED, subjectLabel } from '../../kubernetes/labels.ts';
import { bindingName } from './binding-name.ts';
import type { GrantState, Maker } from '../../kubernetes/labels.ts';
import { listAll } from '../../kubernetes/api/list.ts';
import { bindingSchema } from '../../kubernetes/api/objects.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';

// RBAC takes names of any length; Purser's own are far shorter.
const NAME_SHOWN_AT_MOST = 253;
const MARK_SHOWN_AT_MOST = 300;

const RBAC = ['apis', 'rbac.authorization.k8s.io', 'v1'] as const;

/** A grant to be made. */
export interface Grant extends Maker {
  readonly subject: Subject;
  readonly access: Access;
  readonly roles: RoleSet;
  readonly subjectUid?: string | undefined;
  readonly reason?: string | undefined;
  readonly requestedBy?: string | undefined;
}

/** Where the bindings of an access are, or one of them: in its namespace, or cluster-wide. */
export function placePath(namespace: string | undefined, ...name: readonly string[]): string {
  return namespace === undefined
    ? path(...RBAC, 'clusterrolebindings', ...name)
    : path(...RBAC, 'namespaces', namespace, 'rolebindings', ...name);
}

/**
 * Makes the binding by create, never by apply: an apply silently adopts an identical binding of
 * somebody else's, and the undo would delete it (docs/decisions/0004-create-never-apply.md).
 *
 * Resolves to `made`, true where this run made it, now or in an earlier attempt of the same
 * activity; `findings` say what somebody has changed of one that was there, and what was never
 * recorded. Throws `Conflict`, naming its maker, where a binding of that name is not Purser's, and
 * naming both uids where it was made for another subject of the same name.
 */
export async function createGrant(
  cluster: Cluster,
  grant: Grant,
  signal?: AbortSignal,
): Promise<Created> {
  const body = manifest(grant);
  const at = { path: placePath(grant.access.namespace), signal };
  try {
    const binding = await cluster.call(bindingSchema, { ...at, method: 'POST', body });
    return { made: true, binding, findings: [] };
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.reason !== 'AlreadyExists') throw error;
    const there = await findGrant(cluster, grant, signal);
    // Deleted between the two calls: the retry of the activity makes it.
    if (there === undefined) throw error;
    assertStays(there);
    assertOurs(there, grant);
    const made = noteOf(there).madeBy === grant.madeBy;
    if (!made) assertSameSubject(there, grant);
    return { made, binding: there, findings: findingsOf(there, grant, made) };
  }
}

/** What {@link createGrant} has made or found. */
export interface Created {
  readonly made: boolean;
  readonly binding: Binding;
  readonly findings: readonly Finding[];
}

/** The binding that Purser's name for this subject and access leads to, whoever made it. */
export async function findGrant(
  cluster: Cluster,
  { subject, access }: Pick<Grant, 'subject' | 'access'>,
  signal?: AbortSignal,
): Promise<Binding | undefined> {
  const name = bindingName(subject, access);
  return cluster.find(bindingSchema, {
    method: 'GET',
    path: placePath(access.namespace, name),
    signal,
  });
}

/** Every binding that Purser made on this cluster. */
export async function listGrants(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly Binding[]> {
  const query = { labelSelector: MANAGED };
  const [local, everywhere] = await Promise.all([
    listAll(cluster, bindingSchema, { path: path(...RBAC, 'rolebindings'), query, signal }),
    listAll(cluster, bindingSchema, { path: path(...RBAC, 'clusterrolebindings'), query, signal }),
  ]);
  return [...local, ...everywhere];
}

// What is on its way out gives its role still, and is gone at any moment. The attempt after that makes it.
function assertStays({ metadata }: Binding): void {
  if (metadata.deletionTimestamp === undefined) return;
  throw new PurserError(
    'ServerError',
    `${bindingPlace(metadata.namespace, metadata.name)} is there and marked for deletion: finalizers keep it. Remove them (oc edit); Purser looks again, and makes it anew`,
  );
}

/** Throws `Conflict` where the binding is not one that Purser made for this very subject and role. */
function assertOurs(binding: Binding, grant: Grant): void {
  const { metadata, roleRef } = binding;
  const isOwn = isGrant(binding) && isRecordedFor(binding, grant.subject);
  if (isOwn && isFor(binding, grant)) return;
  const where = metadata.namespace === undefined ? 'cluster-wide' : `in ${metadata.namespace}`;
  const maker = shown(
    noteOf(binding).madeBy ?? "somebody else (it lacks marks of Purser's)",
    MARK_SHOWN_AT_MOST,
  );
  const wayOut = isOwn
    ? `Purser takes over nothing; rename or delete it (${revokeHint(grant)}, with --with-others where it names others), then start again`
    : 'Purser takes over nothing; rename or delete it, then start again';
  throw new PurserError(
    'Conflict',
    `the binding ${shown(metadata.name, NAME_SHOWN_AT_MOST)} ${where} is in the way: it gives ${shown(roleRef.name)} to ${standsFor(binding)} and was made by ${maker}. ${wayOut}`,
  );
}

// Whoever was deleted and made anew under the same name is somebody else, who must not inherit.
function assertSameSubject(binding: Binding, grant: Grant): void {
  const stale = staleness(noteOf(binding), grant.subjectUid);
  if (stale === undefined) return;
  const { name, namespace } = binding.metadata;
  throw new PurserError(
    'Conflict',
    `${bindingPlace(namespace, name)} gives ${formatSubject(grant.subject)} this access already, but was ${stale}. ` +
      `Nobody inherits an access by a name: take the old one back first (${revokeHint(grant)}), then start again`,
  );
}

function findingsOf(binding: Binding, grant: Grant, made: boolean): readonly Finding[] {
  const place = bindingPlace(binding.metadata.namespace, binding.metadata.name);
  const differs = describeDifferences(differencesOf(binding, grant), grant);
  const isForAName =
    !made && grant.subjectUid !== undefined && noteOf(binding).subjectUid === undefined;
  const told = [
    ...(differs === undefined ? [] : [`${place} ${differs}`]),
    ...(isForAName
      ? [
          `${place} was made for the name ${formatSubject(grant.subject)} before it had a uid: whether it was meant for who has it now, nobody has recorded`,
        ]
      : []),
  ];
  return told.map((text) => createFinding('warning', 'configuration', text));
}

function revokeHint({ subject, access }: Grant): string {
  return `purser revoke ${formatSubject(subject)} --access ${formatAccess(access)}`;
}

// The labels are not enough: a binding's subjects can be edited afterwards.
function isFor(
  { roleRef, subjects }: Binding,
  { subject, access, roles }: Pick<Grant, 'subject' | 'access' | 'roles'>,
): boolean {
  const namespace = subject.kind === 'ServiceAccount' ? subject.namespace : undefined;
  const namesThem = (subjects ?? []).some(
    (each) =>
      each.kind === subject.kind && each.name === subject.name && each.namespace === namespace,
  );
  return namesThem && roleRef.kind === 'ClusterRole' && roleRef.name === roleOf(access, roles);
}

function manifest(grant: Grant): unknown {
  const { subject, access, roles } = grant;
  const annotations = {
    [ANNOTATIONS.subject]: formatSubject(subject),
    [ANNOTATIONS.access]: formatAccess(access),
    [ANNOTATIONS.madeBy]: grant.madeBy,
    [ANNOTATIONS.state]: 'pending' satisfies GrantState,
    ...(grant.subjectUid === undefined ? {} : { [ANNOTATIONS.subjectUid]: grant.subjectUid }),
    ...(grant.reason === undefined ? {} : { [ANNOTATIONS.reason]: grant.reason }),
    ...(grant.requestedBy === undefined ? {} : { [ANNOTATIONS.requestedBy]: grant.requestedBy }),
  };
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: access.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      name: bindingName(subject, access),
      labels: {
        [LABELS.managed]: 'grant',
        [LABELS.subject]: subjectLabel(subject),
        [LABELS.access]: access.level,
        [LABELS.installation]: grant.installation,
      },
      annotations,
    },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: roleOf(access, roles),
    },
    subjects: [rbacSubject(subject)],
  };
}

function rbacSubject(subject: Subject): unknown {
  return subject.kind === 'ServiceAccount'
    ? { kind: 'ServiceAccount', namespace: subject.namespace, name: subject.name }
    : { kind: subject.kind, apiGroup: 'rbac.authorization.k8s.io', name: subject.name };
}

/** `RoleBinding team-a/name` or `ClusterRoleBinding name`. */
export function bindingPlace(namespace: string | undefined, name: string): string {
  const told = shown(name, NAME_SHOWN_AT_MOST);
  return namespace === undefined
    ? `ClusterRoleBinding ${told}`
    : `RoleBinding ${namespace}/${told}`;
}

/** What a report keeps of a binding: for people, so that nothing of a stranger's is in it as it is. */
export function grantRecord(
  { metadata, roleRef }: Binding,
  access: Access,
  made: GrantRecord['made'],
): GrantRecord {
  return {
    access: formatAccess(access),
    role: shown(roleRef.name),
    binding: shown(metadata.name, NAME_SHOWN_AT_MOST),
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    made,
  };
}
