import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Subject } from '../../../src/domain/subject.ts';
import { firstLogin } from '../../../sandbox/api/first-login.ts';
import type { LoginProvider } from '../../../sandbox/api/first-login.ts';
import type { Environment } from './environment.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** A name that no other story uses: the sandbox is shared, and its namespaces never quite go. */
export function fresh(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Makes a namespace of one's own. */
export async function createNamespace(env: Environment): Promise<string> {
  const name = fresh('story');
  await make(env, '/api/v1/namespaces', { metadata: { name } });
  return name;
}

/** Makes a person who has logged in once. */
export async function createUser(env: Environment): Promise<Extract<Subject, { kind: 'User' }>> {
  const name = fresh('person');
  await make(env, '/apis/user.openshift.io/v1/users', { metadata: { name } });
  return { kind: 'User', name };
}

/** Somebody who has never logged in: there is no object of theirs. */
export function newcomer(): Extract<Subject, { kind: 'User' }> {
  return { kind: 'User', name: fresh('newcomer') };
}

/** Does what the first login of somebody does; the provider's method is claim unless another is named. */
export async function logIn(
  env: Environment,
  user: string,
  provider: LoginProvider = { name: 'local' },
): Promise<void> {
  await firstLogin(env.admin, provider, user);
}

/** Makes a group with members; the annotations say where a sync has brought them from. */
export async function createGroup(
  env: Environment,
  users: readonly string[],
  annotations: Readonly<Record<string, string>> = {},
): Promise<Extract<Subject, { kind: 'Group' }>> {
  const name = fresh('group');
  const metadata = { name, annotations };
  await make(env, '/apis/user.openshift.io/v1/groups', { metadata, users });
  return { kind: 'Group', name };
}

/** Makes a service account. */
export async function createServiceAccount(
  env: Environment,
  namespace: string,
  name = fresh('ci'),
): Promise<Extract<Subject, { kind: 'ServiceAccount' }>> {
  await make(env, `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  return { kind: 'ServiceAccount', namespace, name };
}

/** Gives somebody a cluster role in a namespace, behind Purser's back. */
export async function giveRole(
  env: Environment,
  namespace: string,
  role: string,
  subject: { readonly kind: string; readonly name: string },
  name = fresh('behind-the-back'),
): Promise<string> {
  await make(env, `${RBAC}/namespaces/${namespace}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ ...subject, apiGroup: 'rbac.authorization.k8s.io' }],
  });
  return name;
}

/** Lets Purser hand out one more role in a namespace. */
export async function letPurserBind(
  env: Environment,
  namespace: string,
  role: string,
): Promise<void> {
  const name = 'purser-may-bind';
  const bind = {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles'],
    verbs: ['bind'],
    resourceNames: [role],
  };
  await make(env, `${RBAC}/namespaces/${namespace}/roles`, { metadata: { name }, rules: [bind] });
  await make(env, `${RBAC}/namespaces/${namespace}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'purser', name: 'purser' }],
  });
}

/** The names of Purser's bindings in a namespace, or cluster-wide. */
export async function grantsIn(env: Environment, namespace?: string): Promise<readonly string[]> {
  const where =
    namespace === undefined ? 'clusterrolebindings' : `namespaces/${namespace}/rolebindings`;
  return names(env, `${RBAC}/${where}?labelSelector=purser.dev/managed%3Dgrant`);
}

/** Where one of Purser's bindings in a namespace is. */
export function bindingAt(namespace: string, name: string): string {
  return `${RBAC}/namespaces/${namespace}/rolebindings/${encodeURIComponent(name)}`;
}

/** Changes one of Purser's bindings behind its back; `change` is a JSON merge patch. */
export async function editBinding(
  env: Environment,
  namespace: string,
  name: string,
  change: object,
): Promise<void> {
  const answer = await env.admin.send('PATCH', bindingAt(namespace, name), change);
  if (answer.status >= 300)
    throw new Error(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

const copiedSchema = z.looseObject({
  metadata: z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
});

/** Copies one of Purser's bindings behind its back, marks and all, under another name. */
export async function copyBinding(
  env: Environment,
  namespace: string,
  name: string,
  copy: { readonly name: string; readonly finalizers?: readonly string[] },
): Promise<void> {
  const { body } = await env.admin.send('GET', bindingAt(namespace, name));
  const { metadata, ...rest } = copiedSchema.parse(body);
  const { labels, annotations } = metadata;
  await make(env, `${RBAC}/namespaces/${namespace}/rolebindings`, {
    ...rest,
    metadata: { labels, annotations, ...copy },
  });
}

/**
 * Everything that a proof must not leave: token objects, Secrets of tokens, streams of canaries.
 * `runId` narrows it to the proof of one run, where others are under way.
 */
export async function leftBehind(
  env: Environment,
  namespaces: readonly string[],
  runId?: string,
): Promise<readonly string[]> {
  const own = runId === undefined ? '' : `%3D${runId.replaceAll('-', '').slice(-16)}`;
  const places = [
    `/apis/oauth.openshift.io/v1/oauthaccesstokens?labelSelector=purser.dev/proof${own}`,
    `/api/v1/secrets?labelSelector=purser.dev/proof${own}`,
  ];
  const streams = namespaces.map(
    (namespace) => `/apis/image.openshift.io/v1/namespaces/${namespace}/imagestreams`,
  );
  const found = await Promise.all([...places, ...streams].map((each) => names(env, each)));
  return found.flat();
}

/** Creates an object; rejects with the API's answer where it does not take it. */
export async function make(env: Environment, path: string, body: object): Promise<void> {
  const answer = await env.admin.send('POST', path, { ...typeAt(path), ...body });
  if (answer.status >= 300)
    throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })).nullish(),
});

async function names(env: Environment, path: string): Promise<readonly string[]> {
  const { status, body } = await env.admin.send('GET', path);
  if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return (listSchema.parse(body).items ?? []).map(({ metadata }) => metadata.name);
}

const KINDS: Readonly<Record<string, string>> = {
  namespaces: 'Namespace',
  users: 'User',
  groups: 'Group',
  identities: 'Identity',
  useridentitymappings: 'UserIdentityMapping',
  serviceaccounts: 'ServiceAccount',
  roles: 'Role',
  rolebindings: 'RoleBinding',
  clusterroles: 'ClusterRole',
};

function typeAt(path: string): { readonly apiVersion: string; readonly kind: string } {
  const [, root, first = '', second = ''] = path.split('/');
  const plural = path.split('/').at(-1) ?? '';
  const apiVersion = root === 'api' ? first : `${first}/${second}`;
  return { apiVersion, kind: KINDS[plural] ?? '' };
}
