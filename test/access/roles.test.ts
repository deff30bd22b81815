import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bindingsThatGive, findRole, makeScraperRole } from '../../src/access/roles.ts';
import { METRICS_RIGHT, pullRight, pushRight } from '../../src/domain/rbac.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { refusal, startKube } from '../kubernetes/kube-server.ts';
import { createStore } from '../kubernetes/kube-store.ts';
import type { Stored } from '../kubernetes/kube-store.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const LOCAL = `${RBAC}/namespaces/team-a/rolebindings`;
const EVERYWHERE = `${RBAC}/clusterrolebindings`;

function role(name: string, verbs: readonly string[], more: object = {}): Stored {
  return {
    metadata: { name },
    rules: [
      { apiGroups: ['image.openshift.io'], resources: ['imagestreams/layers'], verbs, ...more },
    ],
  };
}

function binding(name: string, roleName: string, subject: object, kind = 'ClusterRole'): Stored {
  return {
    metadata: { name },
    roleRef: { kind, name: roleName },
    subjects: [subject],
  };
}

async function start(t: TestContext, pageSize?: number) {
  const store = createStore(pageSize);
  const kube = await startKube(t, (asked) => store.respond(asked));
  store.put(`${RBAC}/clusterroles`, role('viewer', ['get']));
  store.put(`${RBAC}/clusterroles`, role('editor', ['*']));
  store.put(`${RBAC}/clusterroles`, role('one-stream', ['get'], { resourceNames: ['web'] }));
  store.put(`${RBAC}/namespaces/team-a/roles`, role('local', ['get', 'update']));
  return { store, kube, cluster: await kube.cluster() };
}

const ALICE: Subject = { kind: 'User', name: 'alice' };
const BOT: Subject = { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' };
const DEVS: Subject = { kind: 'Group', name: 'devs' };

interface Row {
  readonly what: string;
  readonly holder?: { readonly subject: Subject; readonly groups: readonly string[] };
  readonly subject: object;
  readonly role?: string;
  readonly gives: boolean;
}

const ROWS: readonly Row[] = [
  { what: 'names the user', subject: { kind: 'User', name: 'alice' }, gives: true },
  { what: 'names another user', subject: { kind: 'User', name: 'alice2' }, gives: false },
  { what: 'names a group of theirs', subject: { kind: 'Group', name: 'devs' }, gives: true },
  {
    what: 'names everybody',
    subject: { kind: 'Group', name: 'system:authenticated' },
    gives: true,
  },
  { what: 'names another group', subject: { kind: 'Group', name: 'ops' }, gives: false },
  { what: 'names a group like the user', subject: { kind: 'Group', name: 'alice' }, gives: false },
  {
    what: 'gives a role for one stream only',
    subject: { kind: 'User', name: 'alice' },
    role: 'one-stream',
    gives: false,
  },
  {
    what: 'gives a role that is gone',
    subject: { kind: 'User', name: 'alice' },
    role: 'gone',
    gives: false,
  },
  {
    what: 'names the service account',
    holder: { subject: BOT, groups: [] },
    subject: { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
    gives: true,
  },
  {
    what: 'names the service account by its user name',
    holder: { subject: BOT, groups: [] },
    subject: { kind: 'User', name: 'system:serviceaccount:ci:bot' },
    gives: true,
  },
  {
    what: 'names a service account of another namespace',
    holder: { subject: BOT, groups: [] },
    subject: { kind: 'ServiceAccount', namespace: 'team-a', name: 'bot' },
    gives: false,
  },
  {
    what: 'names a user like the service account',
    holder: { subject: BOT, groups: [] },
    subject: { kind: 'User', name: 'bot' },
    gives: false,
  },
  {
    what: 'names all service accounts of its namespace',
    holder: { subject: BOT, groups: [] },
    subject: { kind: 'Group', name: 'system:serviceaccounts:ci' },
    gives: true,
  },
  {
    what: 'names the group',
    holder: { subject: DEVS, groups: [] },
    subject: { kind: 'Group', name: 'devs' },
    gives: true,
  },
  {
    what: 'names a user like the group',
    holder: { subject: DEVS, groups: [] },
    subject: { kind: 'User', name: 'devs' },
    gives: false,
  },
];

for (const row of ROWS) {
  test(`a binding that ${row.what} ${row.gives ? 'gives' : 'does not give'} a pull`, async (t) => {
    const { store, cluster } = await start(t);
    const holder = row.holder ?? { subject: ALICE, groups: ['devs', 'system:authenticated'] };
    store.put(LOCAL, binding('b', row.role ?? 'viewer', row.subject));
    const ways = await bindingsThatGive(cluster, holder, pullRight('team-a'));
    assert.deepEqual(ways, row.gives ? ['RoleBinding team-a/b (viewer)'] : []);
  });
}

test('bindings of the namespace, of its own roles and cluster-wide count; each role is read once', async (t) => {
  const { store, kube, cluster } = await start(t);
  const alice = { kind: 'User', name: 'alice' };
  store.put(LOCAL, binding('own', 'viewer', alice));
  store.put(LOCAL, binding('edits', 'editor', alice));
  store.put(LOCAL, binding('by-role', 'local', alice, 'Role'));
  store.put(`${RBAC}/namespaces/team-b/rolebindings`, binding('b', 'editor', alice));
  store.put(EVERYWHERE, binding('all', 'editor', alice));
  const holder = { subject: ALICE, groups: [] };
  assert.deepEqual(await bindingsThatGive(cluster, holder, pushRight('team-a')), [
    'RoleBinding team-a/edits (editor)',
    'RoleBinding team-a/by-role (local)',
    'ClusterRoleBinding all (editor)',
  ]);
  const reads = kube.lines().filter((line) => line.includes('roles/'));
  assert.equal(new Set(reads).size, reads.length);
  assert.deepEqual(
    await bindingsThatGive(cluster, holder, pullRight('team-a'), { ignore: ['own', 'all'] }),
    ['RoleBinding team-a/edits (editor)', 'RoleBinding team-a/by-role (local)'],
  );
  // A cluster-wide right is given by no binding of a namespace.
  assert.deepEqual(await bindingsThatGive(cluster, holder, pullRight()), [
    'ClusterRoleBinding all (editor)',
  ]);
});

test('a list of many pages is read to its end, and keeps its selector', async (t) => {
  const { store, kube, cluster } = await start(t, 3);
  for (let n = 0; n < 10; n += 1) {
    store.put(LOCAL, binding(`b-${n}`, 'viewer', { kind: 'User', name: 'alice' }));
  }
  const ways = await bindingsThatGive(cluster, { subject: ALICE, groups: [] }, pullRight('team-a'));
  assert.equal(ways.length, 10);
  const pages = kube.asked.filter(({ path }) => path === LOCAL).map(({ query }) => query);
  assert.deepEqual(pages, [
    { limit: '500' },
    { limit: '500', continue: '3' },
    { limit: '500', continue: '6' },
    { limit: '500', continue: '9' },
  ]);
});

test('prometheus-scraper is made with the right to the metrics alone', async (t) => {
  const { store, cluster } = await start(t);
  const { group, resource, verb } = METRICS_RIGHT;
  const rules = [{ apiGroups: [group], resources: [resource], verbs: [verb] }];
  assert.equal(await findRole(cluster, 'prometheus-scraper'), undefined);
  const made = await makeScraperRole(cluster);
  assert.deepEqual(store.objects.get(`${RBAC}/clusterroles/prometheus-scraper`)?.['rules'], rules);
  assert.deepEqual(await findRole(cluster, 'prometheus-scraper'), made);
});

test("a role that another client makes at the same moment does not count as Purser's", async (t) => {
  const kube = await startKube(t, () => refusal(409, 'AlreadyExists', 'there'));
  assert.equal(await makeScraperRole(await kube.cluster()), undefined);
});

test('a role is read with its URLs and its aggregation rule', async (t) => {
  const { store, cluster } = await start(t);
  const aggregationRule = { clusterRoleSelectors: [] };
  const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }];
  store.put(`${RBAC}/clusterroles`, { metadata: { name: 'filled' }, rules, aggregationRule });
  const found = await findRole(cluster, 'filled');
  assert.deepEqual(found?.rules?.[0]?.nonResourceURLs, ['/metrics']);
  assert.deepEqual(found.aggregationRule, aggregationRule);
});
