import { formatAccess } from '../model/access.ts';
import type { Access } from '../model/access.ts';
import { BINDING_NAME_AT_MOST } from '../model/grants/revocation.ts';
import { shown } from '../../domain/inputs/shown.ts';
import { formatSubject } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import { listAll } from '../../kubernetes/api/list.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../kubernetes/api/failure.ts';
import { bindingSchema } from '../../kubernetes/api/objects.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';
import { placePath } from './bindings.ts';
import { ANNOTATIONS, LABELS, MANAGED, subjectLabel } from '../../kubernetes/labels.ts';
import { bindingName } from './binding-name.ts';
import { isGrant, isRecordedFor, recordedSubject, standsFor } from './record.ts';

const HINTS_AT_MOST = 5;

/** What is looked for: one access, by each name that the subject may go by. */
export interface GrantQuery {
  readonly names: readonly Subject[];
  readonly access: Access;
  /** Names of bindings that the archive knows of, where the subject's names lead to none. */
  readonly bindings?: readonly string[];
}

/** A grant, and the subject that it was recorded for. */
export interface FoundGrant {
  readonly binding: Binding;
  readonly subject: Subject;
}

export interface GrantMatches {
  readonly grants: readonly FoundGrant[];
  /** Bindings that stand in the place of a grant and are not Purser's. */
  readonly foreign: readonly Binding[];
  /** Why those under other names could not be listed: then only what the names lead to was found. */
  readonly unlisted?: ClusterFailure;
}

/**
 * Finds the grants of one access by what was recorded when they were made, and by nothing that is
 * configured today: by the binding's name, and by label, so that a grant that was made to another of
 * the subject's names is found, too.
 */
export async function findGrants(
  cluster: Cluster,
  sought: GrantQuery,
  signal?: AbortSignal,
): Promise<GrantMatches> {
  const { names, access, bindings = [] } = sought;
  const own = new Set([...names.map((name) => bindingName(name, access)), ...bindings]);
  const hashes = names.map(subjectLabel).join(',');
  const query = { labelSelector: `${MANAGED},${LABELS.subject} in (${hashes})` };
  const at = placePath(access.namespace);
  const [named, labelled] = await Promise.all([
    Promise.all([...own].map((name) => findBinding(cluster, access, name, signal))),
    listAll(cluster, bindingSchema, { path: at, query, signal }).catch(asFailure),
  ]);
  const isListed = !(labelled instanceof ClusterFailure);
  const all = new Map(
    [...named.flatMap((each) => each ?? []), ...(isListed ? labelled : [])]
      .filter((each) => own.has(each.metadata.name) || isOf(each, access))
      .map((each) => [each.metadata.name, each]),
  );
  const judged = [...all.values()].map((binding) => ({
    binding,
    subject: ownerOf(binding, sought),
  }));
  return {
    grants: judged.flatMap(({ binding, subject }) =>
      subject === undefined ? [] : [{ binding, subject }],
    ),
    foreign: judged.flatMap(({ binding, subject }) => (subject === undefined ? [binding] : [])),
    ...(isListed ? {} : { unlisted: labelled }),
  };
}

/**
 * Whom Purser has given this access under a name that ends like the one that was asked for: with an
 * issuer's prefix that is no longer configured. For a hint only, since it may be somebody else.
 */
export async function findAlike(
  cluster: Cluster,
  { names, access }: GrantQuery,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const query = { labelSelector: `${MANAGED},${LABELS.access}=${access.level}` };
  const at = placePath(access.namespace);
  const bindings = await listAll(cluster, bindingSchema, { path: at, query, signal });
  const alike = bindings
    .filter((binding) => isGrant(binding) && isOf(binding, access))
    .flatMap((binding) => recordedSubject(binding) ?? [])
    .filter((recorded) => names.some((sought) => isAlike(sought, recorded)));
  return [...new Set(alike.map(formatSubject))].sort().slice(0, HINTS_AT_MOST);
}

function asFailure(error: unknown): ClusterFailure {
  if (error instanceof ClusterFailure) return error;
  throw error;
}

/** Who a foreign binding gives what, for the message that leaves it alone. */
export function describeForeign(binding: Binding): string {
  return `gives ${shown(binding.roleRef.name)} to ${standsFor(binding)}, and is none that Purser made for this subject`;
}

async function findBinding(
  cluster: Cluster,
  access: Access,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Binding | undefined> {
  const at = placePath(access.namespace, name);
  return cluster.find(bindingSchema, { method: 'GET', path: at, signal });
}

function ownerOf(binding: Binding, { names, bindings = [] }: GrantQuery): Subject | undefined {
  // RBAC takes longer names than any that Purser gives: that one is a copy, whatever marks it carries.
  if (binding.metadata.name.length > BINDING_NAME_AT_MOST) return undefined;
  if (!isGrant(binding)) return undefined;
  const named = names.find((name) => isRecordedFor(binding, name));
  if (named !== undefined) return named;
  if (!bindings.includes(binding.metadata.name)) return undefined;
  const recorded = recordedSubject(binding);
  // A report names it, but only the binding says for whom it was made: the same name, with or without an
  // issuer's prefix before it. Anybody else's is not taken on a report's word.
  return recorded !== undefined && names.some((name) => isAlike(name, recorded))
    ? recorded
    : undefined;
}

function isAlike(sought: Subject, { kind, name }: Subject): boolean {
  return sought.kind === kind && (name.endsWith(sought.name) || sought.name.endsWith(name));
}

function isOf({ metadata }: Binding, access: Access): boolean {
  const isLevel = metadata.labels?.[LABELS.access] === access.level;
  const noted = metadata.annotations?.[ANNOTATIONS.access];
  return isLevel && (noted === undefined || noted === formatAccess(access));
}
