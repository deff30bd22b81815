import type { Access } from './access.ts';
import { formatAccess } from './access.ts';

/** What a target's configuration allows Purser to hand out (`grants:` in purser.yaml). */
export interface GrantPolicy {
  /** Levels (`pull`, `push`, `admin`, `metrics`) and, named apart because it is cluster-wide, `pull:*`. */
  readonly accesses: readonly string[];
  /** Namespace names or patterns with `*` in which nothing is handed out. */
  readonly protectedNamespaces: readonly string[];
}

export const DEFAULT_POLICY = {
  accesses: ['pull', 'push', 'metrics'],
  protectedNamespaces: ['default', 'openshift', 'kube-*', 'openshift-*'],
} as const satisfies GrantPolicy;

/**
 * Why the policy forbids an access: a sentence that names the setting, or undefined where it allows it.
 */
export function refusal(access: Access, policy: GrantPolicy): string | undefined {
  const { level, namespace } = access;
  const entry = level === 'pull' && namespace === undefined ? 'pull:*' : level;
  if (!policy.accesses.includes(entry)) {
    return (
      `${formatAccess(access)} is not among the accesses that this target hands out ` +
      `(grants.accesses: ${policy.accesses.join(', ') || 'none'}); add ${entry} there if it should be`
    );
  }
  const pattern = policy.protectedNamespaces.find((each) => matches(each, namespace));
  return pattern === undefined
    ? undefined
    : `${formatAccess(access)} is in a protected namespace (grants.protectedNamespaces holds ${pattern}); ` +
        'narrow that list if it should be handed out';
}

function matches(pattern: string, namespace: string | undefined): boolean {
  if (namespace === undefined) return false;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(namespace);
}
