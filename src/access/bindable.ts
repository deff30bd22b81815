import type { Cluster } from '../kubernetes/api/cluster.ts';
import { listGrants } from './grants/bindings.ts';
import { canI } from '../kubernetes/reviews.ts';

const NAMESPACES_AT_MOST = 20;

/**
 * The roles that Purser's grants give and that this account may not bind any more. RBAC asks for `bind`
 * for every change of a binding, of its annotations, too: without it a grant can be taken back, and
 * nothing can be said on it. `where` has the namespaces, or nothing for cluster-wide grants.
 */
export async function unbindableRoles(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly { readonly role: string; readonly where: readonly string[] }[]> {
  const grants = await listGrants(cluster, signal);
  const byRole = Map.groupBy(grants, ({ roleRef }) => roleRef.name);
  const found = await Promise.all(
    [...byRole].map(async ([role, bindings]) => {
      if (await canI(cluster, bind(role), signal)) return [];
      const namespaces = [...new Set(bindings.map(({ metadata }) => metadata.namespace))];
      const denied = await Promise.all(
        namespaces.slice(0, NAMESPACES_AT_MOST).map(async (namespace) => {
          const may =
            namespace !== undefined && (await canI(cluster, bind(role, namespace), signal));
          return may ? [] : [namespace];
        }),
      );
      const where = denied.flat();
      return where.length === 0
        ? []
        : [{ role, where: where.filter((each) => each !== undefined) }];
    }),
  );
  return found.flat();
}

function bind(name: string, namespace?: string) {
  const right = {
    group: 'rbac.authorization.k8s.io',
    resource: 'clusterroles',
    verb: 'bind',
    name,
  };
  return namespace === undefined ? right : { ...right, namespace };
}
