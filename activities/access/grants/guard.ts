import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import { ownNamespaces } from '../../../src/openshift/permissions/own-accounts.ts';
import type { OwnNamespace } from '../../../src/openshift/permissions/own-accounts.ts';
import { findRole, makeScraperRole } from '../../../src/access/roles.ts';
import type { RbacRole } from '../../../src/kubernetes/api/objects.ts';
import { findNamespace, findSubject, servesUsers } from '../../../src/openshift/subjects.ts';
import { formatAccess, roleOf } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { policyViolation, subjectRefusal } from '../../../src/access/model/policy.ts';
import type { Rule } from '../../../src/domain/rbac.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { beyond, describeRule } from '../../../src/access/model/compare-roles.ts';
import { STOCK_ROLES } from '../../../src/access/model/stock-roles.ts';
import type { RoleName } from '../../../src/access/model/stock-roles.ts';
import { formatSubject, subjectSchema } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Target } from '../../target.ts';
import {
  clusterMark,
  everyAccountRefusal,
  homeOf,
  homeRefusal,
  describeEveryAccount,
} from './subject-home.ts';

// A client of Temporal can start any workflow, and choose the input of every activity. So the worker of
// the target decides here, and nowhere else, what may be granted, for every workflow. Revocations are
// not checked: a policy that has become narrower must not keep an access alive.

/** The accesses to grant, and the subject by the name that the cluster knows. */
export interface ProposedGrants {
  readonly subject: Subject;
  readonly accesses: readonly Access[];
}

/**
 * Checks that the target's policy allows to grant or prove this: the subject, the accesses, and the
 * namespaces as the cluster has them now.
 *
 * Throws `Forbidden` with all objections, each with its setting or cause, `InvalidRequest` for a
 * subject that is never granted anything, and `NamespaceNotFound`.
 */
export async function guard(
  target: Target,
  gift: ProposedGrants,
  signal: AbortSignal,
): Promise<void> {
  parseRequest(subjectSchema, gift.subject);
  const { policy } = target;
  const refusals = [
    ...[subjectRefusal(gift.subject, policy) ?? []].flat(),
    ...[everyAccountRefusal(gift.subject, gift.accesses) ?? []].flat(),
    ...gift.accesses.flatMap((access) => policyViolation(access, policy) ?? []),
    ...(await namespaceRefusals(target, gift, signal)),
  ];
  if (refusals.length === 0) return;
  throw new PurserError('Forbidden', `target ${target.name}: ${refusals.join('; ')}`);
}

/**
 * Warnings about a group before it is granted something. On a cluster with OpenShift's own login there
 * has to be a Group object. Elsewhere only the issuer knows the members, and Purser cannot verify it.
 *
 * Throws `SubjectNotFound` for a group without an object on a cluster that keeps such objects.
 */
export async function verifyGroup(
  target: Target,
  subject: Subject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (subject.kind !== 'Group') return [];
  if (subject.name.startsWith('system:')) return describeEveryAccount(subject);
  const { cluster, name } = target;
  const { kind } = await readIdentitySource(cluster, signal);
  // With kind oauth the object is read even if its API is unavailable: a group that cannot be looked up
  // now is still no group of an external issuer.
  const hasObjects = kind === 'oauth' || (kind !== 'oidc' && (await servesUsers(cluster, signal)));
  if (!hasObjects) {
    return [
      `${formatSubject(subject)} cannot be verified: ${name} keeps no Group objects. Each member that its issuer names gets the access; check the spelling there`,
    ];
  }
  if ((await findSubject(cluster, subject, true, signal)).exists) return [];
  throw new PurserError(
    'SubjectNotFound',
    `${formatSubject(subject)} does not exist on ${name}; check the spelling, or sync the group from its provider first`,
  );
}

/**
 * The rules of the role that an access binds, as the cluster has it now: OpenShift's own or less, and
 * what `grants.roleExtras` allows besides. Undefined if there is no prometheus-scraper yet: Purser makes
 * that role.
 *
 * Throws `Forbidden` for a role with more rules, which it names, and `RoleNotFound`.
 */
export async function checkRole(
  target: Target,
  access: Access,
  signal: AbortSignal,
): Promise<readonly Rule[] | undefined> {
  const name = roleOf(access, target.roles);
  const role = await findRole(target.cluster, name, signal);
  if (role !== undefined) {
    assertNoExtraRules(target, name, role);
    return role.rules ?? [];
  }
  if (access.level === 'metrics') return undefined;
  throw new PurserError(
    'RoleNotFound',
    `the ClusterRole ${name} does not exist on ${target.name}: is this OpenShift with its image API? It cannot be handed out`,
  );
}

/** Like {@link checkRole}, and makes prometheus-scraper if it is missing. */
export async function provideRole(
  target: Target,
  access: Access,
  signal: AbortSignal,
): Promise<readonly Rule[]> {
  const rules = await checkRole(target, access, signal);
  if (rules !== undefined) return rules;
  await makeScraperRole(target.cluster, signal);
  // Read again: another client may have made a role of that name in between.
  const made = await checkRole(target, access, signal);
  if (made !== undefined) return made;
  throw new PurserError(
    'ServerError',
    `${roleOf(access, target.roles)} was made on ${target.name}, and is gone again`,
  );
}

async function namespaceRefusals(
  target: Target,
  { subject, accesses }: ProposedGrants,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const local = accesses.filter(({ namespace }) => namespace !== undefined);
  if (local.length === 0 && homeOf(subject) === undefined) return [];
  const own = [
    ...(await ownNamespaces(target.cluster, signal)),
    { namespace: target.health.probe.namespace, because: 'the health checks write there' },
  ];
  const refusals = [homeRefusal(subject, own) ?? []].flat();
  for (const access of local) {
    const why = await namespaceRefusal(target, access, own, signal);
    if (why !== undefined) refusals.push(`${formatAccess(access)} is in ${why}`);
  }
  return refusals;
}

async function namespaceRefusal(
  { cluster, name }: Target,
  { namespace = '' }: Access,
  own: readonly OwnNamespace[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const ownNamespace = own.find((each) => each.namespace === namespace);
  if (ownNamespace !== undefined) {
    return (
      `a namespace of Purser's own (${ownNamespace.because}): an access to it could be used to act as Purser. ` +
      'No setting hands it out'
    );
  }
  const metadata = await findNamespace(cluster, namespace, signal);
  if (metadata === undefined) {
    throw new PurserError(
      'NamespaceNotFound',
      `the namespace ${namespace} does not exist on ${name}; the registry makes none, so create the project first (oc new-project ${namespace})`,
    );
  }
  const mark = clusterMark(metadata);
  if (mark === undefined) return undefined;
  return (
    `a namespace of the cluster's own (${namespace} carries ${mark}). No setting hands it out; ` +
    'if it is an ordinary project, take that mark away'
  );
}

const EVERY_RULE: readonly Rule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];
const RULES_LISTED_AT_MOST = 5;

function assertNoExtraRules(
  { name: target, policy }: Target,
  name: RoleName,
  role: RbacRole,
): void {
  // A controller fills it from all roles with a label. Its rules of today can change tomorrow, so that
  // it counts as a role with every right.
  const isAggregated = role.aggregationRule !== undefined && role.aggregationRule !== null;
  const rules = isAggregated ? EVERY_RULE : (role.rules ?? []);
  const extras = beyond(rules, [...STOCK_ROLES[name], ...(policy.roleExtras?.[name] ?? [])]);
  if (extras.length === 0) return;
  const listed = extras.slice(0, RULES_LISTED_AT_MOST);
  const more = extras.length - listed.length;
  const what = isAggregated
    ? 'is aggregated: its rules are filled in from other roles, and may become any'
    : `holds more than OpenShift's own of that name: ${listed.map(describeRule).join('; ')}${more === 0 ? '' : `; and ${more} rules more`}`;
  throw new PurserError(
    'Forbidden',
    `target ${target}: the ClusterRole ${name} ${what}. It is not handed out; give it OpenShift's own rules back, ` +
      `or allow this with grants.roleExtras: ${JSON.stringify({ [name]: listed })}`,
  );
}
