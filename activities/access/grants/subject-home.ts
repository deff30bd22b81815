import type { z } from 'zod';
import type { metadataSchema } from '../../../src/kubernetes/api/objects.ts';
import type { OwnNamespace } from '../../../src/openshift/permissions/own-accounts.ts';
import { findNamespace } from '../../../src/openshift/subjects.ts';
import { formatAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { protectedBy } from '../../../src/access/model/policy.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Target } from '../../target.ts';

const EVERY_ACCOUNT = 'system:serviceaccounts';

// OpenShift's own marks. OLM's (`olm.operatorgroup.uid/…`) are on ordinary projects, too.
const RUN_LEVEL = 'openshift.io/run-level';
const CLUSTER_MONITORING = 'openshift.io/cluster-monitoring';

/** The mark of a namespace that is the cluster's own; undefined if it has none. */
export function clusterMark({
  labels,
  annotations,
}: z.infer<typeof metadataSchema>): string | undefined {
  return (
    [RUN_LEVEL, CLUSTER_MONITORING].find((each) => Object.hasOwn(labels ?? {}, each)) ??
    [RUN_LEVEL].find((each) => Object.hasOwn(annotations ?? {}, each))
  );
}

/** The namespace that a service account lives in, or a group of such; undefined for other subjects. */
export function homeOf(subject: Subject): string | undefined {
  if (subject.kind === 'ServiceAccount') return subject.namespace;
  if (subject.kind === 'User') return undefined;
  return /^system:serviceaccounts:([^:]+)$/.exec(subject.name)?.[1];
}

/**
 * Why an account in a namespace of Purser's own accounts is granted nothing: Purser's own rights must
 * not grow by what it grants. Undefined for other subjects.
 */
export function homeRefusal(subject: Subject, own: readonly OwnNamespace[]): string | undefined {
  const ownNamespace = own.find(({ namespace }) => namespace === homeOf(subject));
  if (ownNamespace === undefined) return undefined;
  return (
    `${formatSubject(subject)} is in a namespace of Purser's own (${ownNamespace.because}): ` +
    'its accounts hold what Purser needs, and no setting gives them more'
  );
}

/**
 * Why the group of all service accounts, Purser's own among them, is granted nothing but pulls, even if
 * `grants.systemGroups` names it: a push gives the Secrets of a namespace, an admin its roles. Undefined
 * for other subjects.
 */
export function everyAccountRefusal(
  subject: Subject,
  accesses: readonly Access[],
): string | undefined {
  if (!isEveryAccount(subject)) return undefined;
  const beyondPull = accesses.filter(({ level }) => level !== 'pull').map(formatAccess);
  if (beyondPull.length === 0) return undefined;
  return (
    `${beyondPull.join(', ')}: ${formatSubject(subject)} contains Purser's own accounts, too, and no setting lets those do more than pull; ` +
    `name the groups of single namespaces instead (${EVERY_ACCOUNT}:NAMESPACE)`
  );
}

/** The warning about a pull for all service accounts. */
export function describeEveryAccount(subject: Subject): readonly string[] {
  if (!isEveryAccount(subject)) return [];
  return [
    `${formatSubject(subject)} is every service account of the cluster, including those of the platform and of Purser: ` +
      `every pod has the access. ${EVERY_ACCOUNT}:NAMESPACE is the group of one namespace`,
  ];
}

function isEveryAccount({ kind, name }: Subject): boolean {
  return kind === 'Group' && name === EVERY_ACCOUNT;
}

/**
 * The warning about an account from a namespace that the policy protects or that is the cluster's own:
 * the administrators of that namespace can act as the account. It is granted the access all the same.
 */
export async function describeHome(
  { cluster, policy }: Target,
  subject: Subject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const home = homeOf(subject);
  if (home === undefined) return [];
  const metadata = await findNamespace(cluster, home, signal);
  const mark = metadata === undefined ? undefined : clusterMark(metadata);
  const pattern = protectedBy(home, policy);
  const reasons = [
    ...(mark === undefined ? [] : [`it carries ${mark}`]),
    ...(pattern === undefined ? [] : [`grants.protectedNamespaces holds ${pattern}`]),
  ];
  if (reasons.length === 0) return [];
  return [
    `${formatSubject(subject)} is an account of ${home}, a namespace of the cluster's own (${reasons.join('; ')}): check that this is intended`,
  ];
}
