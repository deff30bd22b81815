import type { Access, RoleSet } from '../access.ts';
import { allowsPush, roleOf } from '../access.ts';

/**
 * What a proof tries, in this order. A `refuse-…` is an act that must be denied: otherwise the
 * subject got more than the grant says.
 */
export type ProofStep =
  | { readonly do: 'pull' | 'push' | 'refuse-pull' | 'refuse-push'; readonly namespace: string }
  | { readonly do: 'metrics' }
  | { readonly do: 'refuse-metrics' };

// Namespaces that every cluster has and in which ordinary subjects hold nothing. Not `openshift`:
// everybody who is logged in may pull there (openshift-facts.md 3.1).
const OUTSIDE = ['default', 'kube-public', 'kube-node-lease'];

/**
 * The acts that together prove these accesses: each one used, its limit met, and the outside closed.
 * A cluster-wide pull is tried in `default`, and has no outside.
 */
export function planProof(accesses: readonly Access[]): readonly ProofStep[] {
  const pushes = namespaces(accesses.filter(allowsPush));
  const pulls = namespaces(accesses.filter(({ level }) => level === 'pull'));
  const everywhere = accesses.some(isClusterPull);
  const read = new Set([...pulls, ...(everywhere ? OUTSIDE.slice(0, 1) : [])]);
  const readOnly = [...read].filter((namespace) => !pushes.includes(namespace));
  const outside = OUTSIDE.find((each) => !pulls.includes(each) && !pushes.includes(each));
  return [
    ...pushes.map((namespace) => ({ do: 'push' as const, namespace })),
    ...readOnly.map((namespace) => ({ do: 'pull' as const, namespace })),
    ...(accesses.some(({ level }) => level === 'metrics') ? [{ do: 'metrics' as const }] : []),
    ...readOnly.map((namespace) => ({ do: 'refuse-push' as const, namespace })),
    ...(everywhere || outside === undefined
      ? []
      : [{ do: 'refuse-pull' as const, namespace: outside }]),
  ];
}

/**
 * The scopes of a token that can carry out the plan. They INCLUDE what is to be refused: a scope
 * only cuts, so that a refusal then comes from RBAC and not from the token (openshift-facts.md 10.6).
 * `role:system:basic-user:*` is what a login needs (same section).
 */
export function scopesFor(plan: readonly ProofStep[], roles: RoleSet): readonly string[] {
  const scopes = plan.map((act) => {
    if (act.do === 'metrics' || act.do === 'refuse-metrics') {
      return `role:${roleOf({ level: 'metrics' }, roles)}:*`;
    }
    const level = act.do === 'push' || act.do === 'refuse-push' ? 'push' : 'pull';
    return `role:${roleOf({ level }, roles)}:${act.namespace}`;
  });
  return [...new Set(['role:system:basic-user:*', ...scopes])];
}

/** The name of an act as a step of the report. */
export function stepName(act: ProofStep): string {
  switch (act.do) {
    case 'metrics':
      return 'metrics';
    case 'refuse-metrics':
      return 'metrics refused';
    case 'pull':
    case 'push':
      return `${act.do} ${act.namespace}`;
    case 'refuse-pull':
    case 'refuse-push':
      return `${act.do.slice('refuse-'.length)} ${act.namespace} refused`;
  }
}

/** What must be refused after these accesses were taken back. */
export function planRefusal(accesses: readonly Access[]): readonly ProofStep[] {
  return accesses.map((access): ProofStep => {
    if (access.level === 'metrics') return { do: 'refuse-metrics' };
    const namespace = access.namespace ?? OUTSIDE[0] ?? 'default';
    return { do: allowsPush(access) ? 'refuse-push' : 'refuse-pull', namespace };
  });
}

function isClusterPull({ level, namespace }: Access): boolean {
  return level === 'pull' && namespace === undefined;
}

function namespaces(accesses: readonly Access[]): readonly string[] {
  return [...new Set(accesses.flatMap(({ namespace }) => namespace ?? []))];
}
