import { shown } from '../domain/inputs/shown.ts';
import { rulesAllow } from '../domain/rbac.ts';
import type { Right } from '../domain/rbac.ts';
import { STOCK_ROLES } from './model/stock-roles.ts';
import { serviceAccountGroups, userNameOf } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { bindingPlace } from './grants/bindings.ts';
import { isSegment, path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../kubernetes/api/failure.ts';
import { listAll } from '../kubernetes/api/list.ts';
import { bindingSchema, roleSchema } from '../kubernetes/api/objects.ts';
import type { Binding, RbacRole } from '../kubernetes/api/objects.ts';

const ROLE_NAME_AT_MOST = 1_000;

const RBAC = ['apis', 'rbac.authorization.k8s.io', 'v1'] as const;
const SCRAPER = 'prometheus-scraper';

/** A ClusterRole with its rules; undefined where there is none of that name. */
export async function findRole(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<RbacRole | undefined> {
  const at = path(...RBAC, 'clusterroles', name);
  return cluster.find(roleSchema, { method: 'GET', path: at, signal });
}

/**
 * Makes the ClusterRole `prometheus-scraper` of the product documentation, which no cluster ships
 * (openshift-facts.md 10.9), and resolves to it. Resolves to undefined where somebody else has made one
 * of that name meanwhile: what that holds has to be read.
 */
export async function makeScraperRole(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<RbacRole | undefined> {
  const body = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: SCRAPER, labels: { 'purser.dev/managed': 'role' } },
    rules: STOCK_ROLES[SCRAPER],
  };
  try {
    const at = path(...RBAC, 'clusterroles');
    return await cluster.call(roleSchema, { method: 'POST', path: at, body, signal });
  } catch (error) {
    if (error instanceof ClusterFailure && error.reason === 'AlreadyExists') return undefined;
    throw error;
  }
}

/**
 * The bindings by which a subject holds a right, as `RoleBinding team-a/edit`. `ignore` names
 * bindings to leave out (the one that was just made). Roles limited to single streams do not count.
 */
export async function bindingsThatGive(
  cluster: Cluster,
  holder: { readonly subject: Subject; readonly groups: readonly string[] },
  right: Right,
  options: { readonly ignore?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly string[]> {
  const { ignore = [], signal } = options;
  const local =
    right.namespace === undefined
      ? []
      : await listAll(cluster, bindingSchema, {
          path: path(...RBAC, 'namespaces', right.namespace, 'rolebindings'),
          signal,
        });
  const everywhere = await listAll(cluster, bindingSchema, {
    path: path(...RBAC, 'clusterrolebindings'),
    signal,
  });
  const candidates = [...local, ...everywhere].filter(
    (binding) => !ignore.includes(binding.metadata.name) && isFor(binding, holder),
  );
  const roles = createRoleReader(cluster, signal);
  const given = await Promise.all(
    candidates.map(async (binding) => rulesAllow(await roles(binding), right)),
  );
  return candidates.filter((_, index) => given[index]).map(describe);
}

function isFor(
  binding: Binding,
  { subject, groups }: { readonly subject: Subject; readonly groups: readonly string[] },
): boolean {
  const all =
    subject.kind === 'ServiceAccount'
      ? [...groups, ...serviceAccountGroups(subject.namespace)]
      : groups;
  return (binding.subjects ?? []).some((each) => {
    if (each.kind === 'Group') {
      return all.includes(each.name) || (subject.kind === 'Group' && each.name === subject.name);
    }
    // A service account may be bound by its user name as well.
    if (each.kind === 'User') return each.name === userNameOf(subject);
    return (
      subject.kind === 'ServiceAccount' &&
      each.name === subject.name &&
      each.namespace === subject.namespace
    );
  });
}

// Many bindings share few roles: each role is read once.
function createRoleReader(cluster: Cluster, signal: AbortSignal | undefined) {
  const read = new Map<string, ReturnType<typeof rulesOf>>();
  const rulesOf = async (name: string, at: (name: string) => string) => {
    // Whoever may write bindings may name a role that cannot be asked for, and that nobody can make.
    if (!isSegment(name) || name.length > ROLE_NAME_AT_MOST) return [];
    const role = await cluster.find(roleSchema, { method: 'GET', path: at(name), signal });
    return role?.rules ?? [];
  };
  return ({ roleRef, metadata }: Binding) => {
    const kind = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
    const namespace = kind === 'roles' ? ['namespaces', metadata.namespace ?? ''] : [];
    const at = (name: string) => path(...RBAC, ...namespace, kind, name);
    const key = JSON.stringify([...namespace, kind, roleRef.name]);
    const rules = read.get(key) ?? rulesOf(roleRef.name, at);
    read.set(key, rules);
    return rules;
  };
}

function describe({ metadata, roleRef }: Binding): string {
  return `${bindingPlace(metadata.namespace, metadata.name)} (${shown(roleRef.name)})`;
}
