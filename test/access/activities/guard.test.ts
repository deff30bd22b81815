import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { describeFinding } from '../../../src/domain/finding.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createGrantActivities } from '../../../activities/access/grants/grants.ts';
import type { Granted } from '../../../activities/access/grants/grants.ts';
import { DEFAULT_POLICY } from '../../../src/access/model/policy.ts';
import { STOCK_ROLES } from '../../../src/access/model/stock-roles.ts';
import type { Target } from '../../../activities/target.ts';
import { startKube } from '../../kubernetes/kube-server.ts';
import { createStore } from '../../kubernetes/kube-store.ts';
import { targetOf } from '../../identity/support/activities.ts';
import { planGrants } from '../../../activities/access/grants/plan.ts';
import type { Subject } from '../../../src/domain/subject.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLE = `${RBAC}/clusterroles/registry-viewer`;
const SECRETS = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

/** A cluster with one namespace and one role; `onRead` is told of each look at the role, before it. */
async function open(t: TestContext, onRead: (count: number, more: () => void) => void) {
  const store = createStore();
  const rules = STOCK_ROLES['registry-viewer'];
  const put = (held: readonly object[]) =>
    store.put(`${RBAC}/clusterroles`, { metadata: { name: 'registry-viewer' }, rules: held });
  put(rules);
  store.put('/api/v1/namespaces', { metadata: { name: 'team-a' } });
  let reads = 0;
  const kube = await startKube(t, (asked) => {
    if (asked.path.endsWith('/subjectaccessreviews')) {
      return { status: 201, body: { status: { allowed: false } } };
    }
    if (asked.path.endsWith('/selfsubjectreviews')) {
      return { status: 201, body: { status: { userInfo: { username: 'system:admin' } } } };
    }
    // No user API: people are names without objects, as on plain Kubernetes.
    if (asked.path === '/apis') return { status: 200, body: { groups: [{ name: 'apps' }] } };
    if (asked.path === ROLE) onRead(++reads, () => put([...rules, SECRETS]));
    return store.respond(asked);
  });
  const { target } = await targetOf(t, {});
  const own: Target = { ...target, cluster: await kube.cluster(), policy: DEFAULT_POLICY };
  const bindings = () => [...store.objects.keys()].filter((key) => key.includes('rolebindings/'));
  return { store, kube, target: own, bindings };
}

const ALICE: Subject = { kind: 'User', name: 'alice' };

function grant(
  target: Target,
  subject: Subject = ALICE,
  accesses: readonly string[] = ['pull:team-a'],
): Promise<Granted> {
  const activities = createGrantActivities(target);
  const input = { subject, accesses: [...accesses], claimed: {} };
  return new MockActivityEnvironment().run(() => activities.grantAccess(input));
}

test('a role that stays as it was is bound', async (t) => {
  const { target, bindings } = await open(t, () => {});
  await grant(target);
  assert.equal(bindings().length, 1);
});

test('a role that holds more is not bound, not even for a moment', async (t) => {
  const { target, bindings, kube } = await open(t, (count, more) => count === 1 && more());
  await assert.rejects(grant(target), { type: 'Forbidden', nonRetryable: true });
  assert.deepEqual(bindings(), []);
  assert.deepEqual(
    kube.lines().filter((line) => line.startsWith('POST') && line.includes('rolebindings')),
    [],
  );
});

test('a binding is deleted if its role gets more rights meanwhile', async (t) => {
  const { target, bindings, kube } = await open(t, (count, more) => count === 2 && more());
  await assert.rejects(grant(target), {
    type: 'Forbidden',
    message: /holds more .*: get secrets\./,
  });
  assert.deepEqual(bindings(), []);
  assert.ok(kube.lines().some((line) => line.startsWith('POST') && line.includes('rolebindings')));
});

test("a binding of an earlier run stays if its role has got more rights, and does not count as this run's", async (t) => {
  const { target, bindings } = await open(t, (count, more) => count === 3 && more());
  await grant(target);
  const later = {
    ...target,
    executions: { ...target.executions, thisRun: async () => 'onboard/prod/User/alice/run-2' },
  };
  await assert.rejects(grant(later), { type: 'Forbidden' });
  assert.equal(bindings().length, 1);
});

const OWN: readonly Subject[] = [
  { kind: 'ServiceAccount', namespace: 'purser', name: 'purser' },
  { kind: 'ServiceAccount', namespace: 'purser-proof', name: 'any' },
  { kind: 'Group', name: 'system:serviceaccounts:purser' },
];
for (const subject of OWN) {
  test(`${subject.kind} ${subject.name} is Purser's own, and is granted nothing`, async (t) => {
    const { target, bindings } = await open(t, () => {});
    const systemGroups = ['system:serviceaccounts:purser'];
    await assert.rejects(
      grant({ ...target, policy: { ...DEFAULT_POLICY, systemGroups } }, subject),
      {
        type: 'Forbidden',
        message: /is in a namespace of Purser's own \(deploy\/rbac makes it\).*no setting/,
      },
    );
    assert.deepEqual(bindings(), []);
  });
}

const EVERY_ACCOUNT: Subject = { kind: 'Group', name: 'system:serviceaccounts' };
const NAMED = { ...DEFAULT_POLICY, systemGroups: ['system:serviceaccounts'] };

for (const access of ['push:team-a', 'metrics']) {
  test(`every account at once, Purser's own among them, is not granted ${access}, although the configuration names the group`, async (t) => {
    const { target, bindings } = await open(t, () => {});
    await assert.rejects(grant({ ...target, policy: NAMED }, EVERY_ACCOUNT, [access]), {
      type: 'Forbidden',
      message: new RegExp(
        `${access}: .* contains Purser's own accounts, .*serviceaccounts:NAMESPACE`,
      ),
    });
    assert.deepEqual(bindings(), []);
  });
}

test("the plan and the grant warn that a pull for every account is for Purser's own, too", async (t) => {
  const { target, bindings } = await open(t, () => {});
  const named = { ...target, policy: NAMED };
  const { signal } = new AbortController();
  const plan = await planGrants(named, EVERY_ACCOUNT, ['pull:team-a'], signal);
  assert.match(plan.join('\n'), /including those of the platform and of Purser/);
  const { findings } = await grant(named, EVERY_ACCOUNT);
  assert.match(
    findings.map(describeFinding).join('\n'),
    /including those of the platform and of Purser/,
  );
  assert.equal(bindings().length, 1);
});

test('what a grant found on bindings comes before what their roles give besides', async (t) => {
  const { target, bindings, store } = await open(t, () => {});
  const everywhere = { ...target, policy: { ...DEFAULT_POLICY, accesses: ['pull:*'] } };
  await grant(everywhere, ALICE, ['pull:*']);
  const [key = ''] = bindings();
  const binding = store.objects.get(key);
  assert.ok(binding !== undefined && Array.isArray(binding['subjects']));
  const bob = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' };
  store.objects.set(key, { ...binding, subjects: [...binding['subjects'], bob] });
  const { findings } = await grant(everywhere, ALICE, ['pull:*']);
  const told = findings.map(describeFinding);
  assert.equal(told.length, 2, told.join('\n'));
  assert.match(told[0] ?? '', /gives it to bob as well/);
  assert.match(told[1] ?? '', /registry-viewer/);
});

for (const [what, namespace, labels, said] of [
  ['a protected namespace', 'openshift-monitoring', {}, /protectedNamespaces holds openshift-\*/],
  [
    'a marked namespace',
    'team-b',
    { 'openshift.io/run-level': '0' },
    /carries openshift.io\/run-level/,
  ],
  ['any other namespace', 'team-b', {}, undefined],
] as const) {
  const how = said === undefined ? 'not worth a word' : 'said in the plan, and no hindrance';
  test(`that an account is from ${what} is ${how}`, async (t) => {
    const { target, store } = await open(t, () => {});
    store.put('/api/v1/namespaces', { metadata: { name: namespace, labels } });
    const subject: Subject = { kind: 'ServiceAccount', namespace, name: 'ci' };
    const { signal } = new AbortController();
    const plan = await planGrants(target, subject, ['pull:team-a'], signal);
    assert.equal(plan.length, said === undefined ? 1 : 2);
    if (said !== undefined) assert.match(plan[1] ?? '', said);
  });
}
