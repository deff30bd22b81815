import { anything, path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../kubernetes/api/failure.ts';

/**
 * Whether the installation's kubeadmin still exists (openshift-facts.md 4.7); undefined without the right to
 * read it. The content of the Secret, a password's hash, is dropped unread.
 */
export async function hasKubeadmin(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const at = path('api', 'v1', 'namespaces', 'kube-system', 'secrets', 'kubeadmin');
  try {
    return (await cluster.find(anything, { method: 'GET', path: at, signal })) !== undefined;
  } catch (error) {
    if (error instanceof ClusterFailure && error.status === 403) return undefined;
    throw error;
  }
}
