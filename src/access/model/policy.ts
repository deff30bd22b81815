import type { Access } from './access.ts';
import { formatAccess } from './access.ts';
import type { Rule } from '../../domain/rbac.ts';
import type { RoleName } from './stock-roles.ts';
import { matchesWildcard } from '../../domain/wildcard.ts';
import { formatSubject } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';

/** What a target's configuration allows Purser to hand out (`grants:` in purser.yaml). */
export interface GrantPolicy {
  /** Levels (`pull`, `push`, `admin`, `metrics`) and, named apart because it is cluster-wide, `pull:*`. */
  readonly accesses: readonly string[];
  /** Namespace names or patterns with `*` in which nothing is handed out. */
  readonly protectedNamespaces: readonly string[];
  /** The `system:` groups that may be given something, by their whole names; none where it is absent. */
  readonly systemGroups?: readonly string[];
  /** What a role may hold beyond OpenShift's own ({@link STOCK_ROLES}); nothing where it is absent. */
  readonly roleExtras?: Readonly<Partial<Record<RoleName, readonly Rule[]>>>;
}

export const DEFAULT_POLICY = {
  accesses: ['pull', 'push', 'metrics'],
  protectedNamespaces: ['default', 'openshift', 'kube-*', 'openshift-*'],
  systemGroups: [],
  roleExtras: {},
} as const satisfies GrantPolicy;

/**
 * Why the policy forbids an access: a sentence that names the setting, or undefined where it allows it.
 */
export function policyViolation(access: Access, policy: GrantPolicy): string | undefined {
  const { level, namespace } = access;
  const entry = level === 'pull' && namespace === undefined ? 'pull:*' : level;
  if (!policy.accesses.includes(entry)) {
    return (
      `${formatAccess(access)} is not among the accesses that this target hands out ` +
      `(grants.accesses: ${policy.accesses.join(', ') || 'none'}); add ${entry} there if it should be`
    );
  }
  const pattern = protectedBy(namespace, policy);
  return pattern === undefined
    ? undefined
    : `${formatAccess(access)} is in a protected namespace (grants.protectedNamespaces holds ${pattern}); ` +
        'narrow that list if it should be handed out';
}

/** The entry of `grants.protectedNamespaces` that a namespace falls under; undefined for none. */
export function protectedBy(
  namespace: string | undefined,
  { protectedNamespaces }: Pick<GrantPolicy, 'protectedNamespaces'>,
): string | undefined {
  return protectedNamespaces.find(
    (each) => namespace !== undefined && matchesWildcard(each, namespace),
  );
}

/**
 * Why the policy gives this subject nothing, whatever the access. The `system:` groups are the cluster's
 * own: `system:serviceaccounts` alone is every pod of every namespace.
 */
export function subjectRefusal(subject: Subject, policy: GrantPolicy): string | undefined {
  const { kind, name } = subject;
  if (kind !== 'Group' || !name.startsWith('system:')) return undefined;
  const named = policy.systemGroups ?? [];
  if (named.includes(name)) return undefined;
  return (
    `${formatSubject(subject)} is one of the cluster's own groups, and this target gives those nothing ` +
    `(grants.systemGroups: ${named.join(', ') || 'none'}); add ${name} there if it should be given something`
  );
}
