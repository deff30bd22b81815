import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { runListAccess, startOnboard } from '../../src/temporal/starts.ts';
import { retried } from './support/attempts.ts';
import {
  bindingAt,
  copyBinding,
  createNamespace,
  createServiceAccount,
  createUser,
  editBinding,
  grantsIn,
} from './support/fixtures.ts';
import { assertProven, endOf, onboard, openEnvironment, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const USERS = '/apis/user.openshift.io/v1/users';

describe('a binding that is no longer as Purser made it', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const granted = async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(env, { subject, accesses })).report);
    return { subject, namespace, accesses, binding: `purser:pull:User:${subject.name}` };
  };
  const user = (name: string) => ({
    kind: 'User',
    name,
    apiGroup: 'rbac.authorization.k8s.io',
  });
  const rowOf = async (access: string) => {
    const rows = await runListAccess(env.client, 'sandbox');
    return rows.find((row) => row.access === access);
  };

  test('names Bob who was added by hand, and is deleted only together with him', async () => {
    const { subject, namespace, accesses, binding } = await granted();
    const { name: bob } = await createUser(env);
    await editBinding(env, namespace, binding, { subjects: [user(subject.name), user(bob)] });
    const row = await rowOf(`pull:${namespace}`);
    assert.equal(row?.subject, `${subject.name}, ${bob}`.split(', ').sort().join(', '));
    assert.match(row?.marks?.join() ?? '', new RegExp(`gives it to ${bob} as well, added by hand`));

    const again = await onboard(env, { subject, accesses });
    assert.match(
      again.report.findings.map(describeFinding).join(),
      new RegExp(`gives it to ${bob} as well`),
    );

    const { report, failure } = await revoke(env, { subject, accesses });
    assert.equal(failure, 'Conflict');
    assert.match(report.failure?.message ?? '', new RegExp(`${bob} as well.*--with-others`));
    assert.deepEqual(await grantsIn(env, namespace), [binding]);

    const both = await revoke(env, { subject, accesses, withOthers: true });
    assert.equal(both.report.outcome, 'revoked', JSON.stringify(both.report.failure));
    assert.match(
      both.report.findings.map(describeFinding).join(),
      new RegExp(`was deleted although it .*${bob}`),
    );
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('is listed for whom it is really for, with whom it was made for', async () => {
    const { subject, namespace, binding } = await granted();
    const { name: mallory } = await createUser(env);
    await editBinding(env, namespace, binding, { subjects: [user(mallory)] });
    const row = await rowOf(`pull:${namespace}`);
    assert.equal(row?.subject, mallory);
    assert.match(row?.marks?.join() ?? '', new RegExp(`no longer names ${subject.name}`));
  });

  test('is inherited by nobody: not by a User who was deleted and made anew', async () => {
    const { subject, namespace, accesses } = await granted();
    const first = (await env.admin.get(`${USERS}/${subject.name}`))?.metadata['uid'];
    await env.admin.send('DELETE', `${USERS}/${subject.name}`);
    const gone = await rowOf(`pull:${namespace}`);
    assert.match(gone?.marks?.join() ?? '', /^stale: recorded for uid .* no .* any more$/);
    await env.admin.send('POST', USERS, {
      apiVersion: 'user.openshift.io/v1',
      kind: 'User',
      metadata: { name: subject.name },
    });
    const now = (await env.admin.get(`${USERS}/${subject.name}`))?.metadata['uid'];
    const row = await rowOf(`pull:${namespace}`);
    assert.match(
      row?.marks?.join() ?? '',
      new RegExp(`^stale: recorded for uid ${String(first)}, .* has the uid ${String(now)} now`),
    );

    const { report, failure } = await onboard(env, { subject, accesses });
    assert.equal(failure, 'Conflict');
    const message = `uid ${String(first)}, and .* has the uid ${String(now)} now.*purser revoke .* --access pull:`;
    assert.match(String(report.failure?.message), new RegExp(message));

    const taken = await revoke(env, { subject, accesses });
    assert.equal(taken.report.outcome, 'revoked', JSON.stringify(taken.report.failure));
    assertProven((await onboard(env, { subject, accesses })).report);
  });

  test('is inherited by no service account that was deleted and made anew either', async () => {
    const namespace = await createNamespace(env);
    const subject = await createServiceAccount(env, namespace);
    const accesses = [`pull:${namespace}`];
    await onboard(env, { subject, accesses });
    const at = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await env.admin.send('DELETE', `${at}/${subject.name}`);
    await env.admin.send('POST', at, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: subject.name },
    });
    assert.equal((await onboard(env, { subject, accesses })).failure, 'Conflict');
  });

  test('shows nothing in the list that could play tricks on a terminal', async () => {
    const { namespace, binding } = await granted();
    const reason = '\u001b[2Jclean\u202eslate\u200b\u0085';
    await editBinding(env, namespace, binding, {
      metadata: { annotations: { 'purser.dev/reason': reason, 'purser.dev/state': '\u001b[31m' } },
    });
    const row = await rowOf(`pull:${namespace}`);
    assert.equal(row?.reason, '\\u{1b}[2Jclean\\u{202e}slate\\u{200b}\\u{85}');
    assert.equal(row.state, 'unknown');
  });

  test('is copied by nobody under a name that Purser could not have given: the copy stays, and is told', async () => {
    const { subject, namespace, accesses, binding } = await granted();
    const name = 'c'.repeat(300);
    await copyBinding(env, namespace, binding, { name });

    const { report } = await revoke(env, { subject, accesses });
    assert.equal(report.outcome, 'revoked-unproven', JSON.stringify(report.failure));
    assert.deepEqual(await grantsIn(env, namespace), [name]);
    assert.match(report.findings.map(describeFinding).join(), /c{40,}.* is none that Purser made/);
    assert.match(report.steps.map(({ detail }) => detail).join(), new RegExp(`${binding} is gone`));
  });

  for (const [what, annotations] of [
    ['by whom it was made', { 'purser.dev/made-by': null }],
    ['for whom it was made', { 'purser.dev/subject': 'somebody-else' }],
  ] as const) {
    test(`is taken over by no onboarding once it does not say any more ${what}`, async () => {
      const { subject, namespace, accesses, binding } = await granted();
      await editBinding(env, namespace, binding, { metadata: { annotations } });
      const found = await env.admin.send('GET', bindingAt(namespace, binding));
      const { report, failure } = await onboard(env, { subject, accesses });
      assert.equal(failure, 'Conflict', report.outcome);
      assert.match(String(report.failure?.message), new RegExp(binding));
      assert.deepEqual(await env.admin.send('GET', bindingAt(namespace, binding)), found);
    });
  }

  test('is not called proven while it is only kept from going, and is made anew once it is gone', async () => {
    const { subject, namespace, accesses, binding } = await granted();
    await editBinding(env, namespace, binding, {
      metadata: { finalizers: ['example.com/kept'] },
    });
    await env.admin.send('DELETE', bindingAt(namespace, binding));
    const running = await startOnboard(env.client, {
      target: 'sandbox',
      prove: 'if-possible',
      subject,
      accesses,
    });
    const { message } = await retried(running);
    assert.match(message, /marked for deletion: finalizers keep it/);
    await editBinding(env, namespace, binding, { metadata: { finalizers: null } });
    const { report } = await endOf(running.result());
    assertProven(report);
    assert.equal(report.grants[0]?.made, 'by-this-run');
  });
});
