import { path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { listAll } from '../../kubernetes/api/list.ts';
import { bindingSchema } from '../../kubernetes/api/objects.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';
import { ownUserName } from '../../kubernetes/reviews.ts';

/** The namespaces that deploy/rbac makes for Purser's own accounts. */
export const DEPLOYED_NAMESPACES = ['purser', 'purser-proof', 'purser-probe'] as const;

/** Whether a ClusterRole is one of Purser's own, by the names that deploy/rbac gives them. */
export function isOwnRole(name: string): boolean {
  return /^purser(-|$)/.test(name);
}

/** A namespace of an account of Purser's, and how that is known. */
export interface OwnNamespace {
  readonly namespace: string;
  readonly because: string;
}

/**
 * The namespaces of Purser's own accounts: the caller's, and every service account to which a
 * ClusterRoleBinding gives one of Purser's own ClusterRoles. So the account of the proofs is found in any
 * namespace, whether its worker runs or not. Those of deploy/rbac are always included. An account that is
 * no service account, as in a person's kubeconfig, has no namespace.
 */
export async function ownNamespaces(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly OwnNamespace[]> {
  const at = path('apis', 'rbac.authorization.k8s.io', 'v1', 'clusterrolebindings');
  const [me, bindings] = await Promise.all([
    ownUserName(cluster, signal),
    listAll(cluster, bindingSchema, { path: at, signal }),
  ]);
  const own = namespaceOfUser(me ?? '');
  return [
    ...(own === undefined ? [] : [{ namespace: own, because: `this worker is ${me}` }]),
    ...DEPLOYED_NAMESPACES.map((namespace) => ({ namespace, because: 'deploy/rbac makes it' })),
    ...bindings.filter(({ roleRef }) => isOwnRole(roleRef.name)).flatMap(accountsOf),
  ];
}

function accountsOf({ metadata, roleRef, subjects }: Binding): readonly OwnNamespace[] {
  const because = `ClusterRoleBinding ${metadata.name} gives an account there ${roleRef.name}`;
  return (subjects ?? []).flatMap(({ kind, name, namespace }) => {
    const own = kind === 'ServiceAccount' ? namespace : namespaceOfUser(name);
    return own === undefined ? [] : [{ namespace: own, because }];
  });
}

// `system:serviceaccount:<namespace>:<name>`, or the group of all accounts of a namespace.
function namespaceOfUser(name: string): string | undefined {
  return /^system:serviceaccount(?:s:([^:]+)|:([^:]+):[^:]+)$/.exec(name)?.slice(1).find(Boolean);
}
