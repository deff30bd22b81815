import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectSchema } from '../../src/kubernetes/api/objects.ts';
import { proofQueue, targetQueue } from '../../workflows/contract.ts';
import {
  createGroup,
  createNamespace,
  createUser,
  fresh,
  grantsIn,
  leftBehind,
  make,
  newcomer,
} from './support/fixtures.ts';
import { createStranger, installationOf } from './support/own-calls.ts';
import type { Stranger } from './support/own-calls.ts';
import { assertProven, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const USERS = '/apis/user.openshift.io/v1';

// Whoever reaches Temporal can start a workflow that calls Purser's activities with anything.
describe("an activity that is called from a workflow of one's own", () => {
  let env: Environment;
  let stranger: Stranger;
  const off = fresh('narrow');
  const making = fresh('making');
  before(async () => {
    env = await openEnvironment();
    await env.serve({
      [off]: { grants: { accesses: [] } },
      [making]: { grants: { provision: true } },
    });
    stranger = await createStranger(env);
  });
  after(async () => {
    await stranger?.stop();
    await env.close();
  });

  const steps = (activity: string, input: unknown, target = 'sandbox') => ({
    activity,
    taskQueue: targetQueue(target),
    input,
  });
  const proofs = (activity: string, input: unknown, target = 'sandbox') => ({
    activity,
    taskQueue: proofQueue(target),
    input,
  });
  const uidOf = async (name: string) => (await metadataOf(env, `${USERS}/users/${name}`))?.uid;

  type Make = (namespace: string, person: string) => unknown;
  const user = (name: string) => ({ kind: 'User', name });
  const grants: readonly (readonly [string, Make, string, RegExp])[] = [
    [
      'everybody',
      (namespace) => ({
        subject: { kind: 'Group', name: 'system:authenticated' },
        accesses: [`push:${namespace}`],
        claimed: {},
      }),
      'InvalidRequest',
      /subject\.name: "system:authenticated" would open the registry to all users/,
    ],
    [
      'somebody of whom it is told facts',
      (namespace, person) => ({
        subject: user(person),
        accesses: [`pull:${namespace}`],
        facts: { exists: true, uid: 'u-1', groups: ['system:masters'] },
        claimed: {},
      }),
      'InvalidRequest',
      /facts/,
    ],
    [
      "somebody in another run's name",
      (namespace, person) => ({
        subject: user(person),
        accesses: [`pull:${namespace}`],
        claimed: {},
        madeBy: 'onboard/sandbox/User/alice/run',
      }),
      'InvalidRequest',
      /madeBy/,
    ],
    [
      'several fields that are wrong, naming each,',
      () => ({ subject: { kind: 'Robot' }, accesses: ['own:x'], claimed: { by: 1 } }),
      'InvalidRequest',
      /subject.*accesses\[0\]: "own:x".*claimed/s,
    ],
    ['nobody, without an input,', () => undefined, 'InvalidRequest', /request: /],
    [
      'a protected namespace',
      (_, person) => ({ subject: user(person), accesses: ['push:kube-system'], claimed: {} }),
      'Forbidden',
      /grants\.protectedNamespaces holds kube-\*/,
    ],
    [
      'a group that is not there',
      (namespace) => ({
        subject: { kind: 'Group', name: 'no-such-group' },
        accesses: [`pull:${namespace}`],
        claimed: {},
      }),
      'SubjectNotFound',
      /no-such-group does not exist/,
    ],
    [
      'somebody else under the name that was meant',
      (namespace, person) => ({
        subject: user(person),
        accesses: [`pull:${namespace}`],
        expectUid: 'the-one-before',
        claimed: {},
      }),
      'Conflict',
      /is not who it was .* its uid was the-one-before, and is /,
    ],
  ];
  for (const [whom, input, type, message] of grants) {
    test(`grants nothing to ${whom}: ${type}`, async () => {
      const [namespace, { name }] = [await createNamespace(env), await createUser(env)];
      const everywhere = await grantsIn(env);
      const { failure } = await stranger.call([steps('grantAccess', input(namespace, name))]);
      assert.equal(failure?.type, type, String(failure?.message));
      assert.match(failure.message, message);
      assert.equal(failure?.nonRetryable, true);
      assert.deepEqual(await grantsIn(env, namespace), []);
      assert.deepEqual(await grantsIn(env, 'kube-system'), []);
      assert.deepEqual(await grantsIn(env), everywhere);
    });
  }

  test('a person who was deleted and made anew since it was decided gets nothing', async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const expectUid = await uidOf(subject.name);
    await env.admin.send('DELETE', `${USERS}/users/${subject.name}`);
    const gone = { subject, accesses: [`pull:${namespace}`], expectUid, claimed: {} };
    const nobody = await stranger.call([steps('grantAccess', gone)]);
    assert.equal(nobody.failure?.type, 'Conflict');
    assert.match(nobody.failure?.message ?? '', /and it is gone/);
    await make(env, `${USERS}/users`, { metadata: { name: subject.name } });
    const another = await stranger.call([steps('grantAccess', gone)]);
    assert.equal(another.failure?.type, 'Conflict');
    const prove = { subject, accesses: gone.accesses, expectUid, prove: 'if-possible' };
    const proof = await stranger.call([proofs('proveAccess', prove)]);
    assert.equal(proof.failure?.type, 'Conflict');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('what it grants carries the uid that it saw itself, and the run that it belongs to', async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const input = { subject, accesses: [`pull:${namespace}`], claimed: {} };
    const { workflowId, runId } = await stranger.call([steps('grantAccess', input)]);
    const name = `purser:pull:User:${subject.name}`;
    const made = await metadataOf(env, `${RBAC}/namespaces/${namespace}/rolebindings/${name}`);
    const notes = made?.annotations ?? {};
    assert.equal(notes['purser.dev/subject-uid'], await uidOf(subject.name));
    assert.equal(notes['purser.dev/made-by'], `${workflowId}/${runId}`);
    assert.equal(made?.labels?.['purser.dev/installation'], await installationOf(env));
  });

  const trials: readonly (readonly [string, Make, string, RegExp])[] = [
    [
      'of somebody of whom it is told a uid',
      (namespace, person) => ({
        subject: user(person),
        accesses: [`pull:${namespace}`],
        prove: 'required',
        facts: { exists: true, uid: 'the-uid-of-an-administrator', groups: [] },
      }),
      'InvalidRequest',
      /facts/,
    ],
    [
      "for a proof of somebody else's",
      (namespace, person) => ({
        subject: user(person),
        accesses: [`pull:${namespace}`],
        prove: 'required',
        proof: '0123456789abcdef',
      }),
      'InvalidRequest',
      /proof/,
    ],
    [
      'in a namespace where this target hands out nothing',
      (_, person) => ({ subject: user(person), accesses: ['push:kube-system'], prove: 'required' }),
      'Forbidden',
      /grants\.protectedNamespaces holds kube-\*/,
    ],
    [
      'of a member in place of a person',
      (namespace, person) => ({
        subject: user('alice'),
        accesses: [`pull:${namespace}`],
        prove: 'required',
        by: person,
      }),
      'InvalidRequest',
      /by: "person-\w+" is for groups/,
    ],
  ];
  for (const [whose, input, type, message] of trials) {
    test(`takes no token ${whose}: ${type}`, async () => {
      const [namespace, { name }] = [await createNamespace(env), await createUser(env)];
      const called = await stranger.call([proofs('proveAccess', input(namespace, name))]);
      assert.equal(called.failure?.type, type, String(called.failure?.message));
      assert.match(called.failure.message, message);
      assert.deepEqual(await leftBehind(env, [namespace], called.runId), []);
    });
  }

  test('a group is proven by nobody who is not in it', async () => {
    const [namespace, outsider] = [await createNamespace(env), await createUser(env)];
    const member = await createUser(env);
    const subject = await createGroup(env, [member.name]);
    const accesses = [`pull:${namespace}`];
    const { report, failure } = await onboard(env, { subject, accesses, proveAs: outsider.name });
    assert.equal(failure, 'ProofFailed');
    assert.match(report.failure?.message ?? '', /person-\w+ is no member of Group\/group-/);
    assert.deepEqual(await grantsIn(env, namespace), []);
    assertProven((await onboard(env, { subject, accesses, proveAs: member.name })).report);
  });

  test('makes no login but as its own target allows it', async () => {
    const { name } = newcomer();
    const calls = [
      ['Forbidden', steps('provisionUser', { user: name })],
      ['NotConfigured', steps('provisionUser', { user: name, provider: 'local' }, making)],
      ['NotConfigured', steps('provisionUser', { user: name, provider: 'no-such' }, making)],
      ['InvalidRequest', steps('provisionUser', { user: name, madeBy: 'me' }, making)],
      ['InvalidRequest', steps('provisionUser', { user: 'system:admin' }, making)],
    ] as const;
    for (const [type, call] of calls) {
      const { failure } = await stranger.call([call]);
      assert.equal(failure?.type, type, String(failure?.message));
    }
    assert.equal(await uidOf(name), undefined);
  });

  test('takes back nothing that another run made', async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(env, { subject, accesses })).report);
    const { answers } = await stranger.call([steps('undoGrants', { subject, accesses })]);
    assert.deepEqual(answers, [{ removed: [], kept: [], attempt: 1 }]);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('takes back what its own run made, although the target allows nothing any more', async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const held = { subject, accesses: [`pull:${namespace}`] };
    const { answers } = await stranger.call([
      steps('grantAccess', { ...held, claimed: {} }),
      steps('undoGrants', held, off),
    ]);
    const name = `purser:pull:User:${subject.name}`;
    const removed = [`RoleBinding ${namespace}/${name}`];
    assert.deepEqual(answers[1], { removed, kept: [], attempt: 1 });
    assert.deepEqual(await grantsIn(env, namespace), []);
  });
});

async function metadataOf(env: Environment, path: string) {
  const found = await env.admin.get(path);
  return found === undefined ? undefined : objectSchema.parse(found).metadata;
}
