import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { TypedSearchAttributes } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createExecutions } from '../../activities/executions.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { onboardId, progressQuery, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import {
  createNamespace,
  createUser,
  fresh,
  grantsIn,
  logIn,
  newcomer,
} from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment, outcomes, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a revocation stops the onboarding that would give the access', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({ 'grants-first': { grant: 'before-login' } });
  });
  after(() => env.close());

  /** An onboarding that waits for a first login. */
  const waiting = async (target: string, levels: readonly string[]) => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const accesses = levels.map((level) => `${level}:${namespace}`);
    const request = { target, subject, accesses, waitForLogin: '1h', prove: 'required' as const };
    const handle = await startOnboard(env.client, request);
    await eventually('it to wait for the login', async () => {
      return (await handle.query(progressQuery)).waiting !== undefined;
    });
    return { handle, subject, namespace, target };
  };

  test('that waits for a first login: a person who logs in afterwards is granted nothing', async () => {
    const { handle, subject, namespace } = await waiting('sandbox', ['pull', 'push']);
    const { report, failure } = await revoke(env, { subject, accesses: [`pull:${namespace}`] });
    assert.equal(failure, undefined, report.failure?.message ?? '');
    assert.equal(outcomes(report)['stop onboarding'], 'passed');
    assert.match(
      report.findings.map(describeFinding).join(),
      new RegExp(`was cancelled as a whole: it will not grant push:${namespace} either`),
    );
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
    await logIn(env, subject.name);
    assert.deepEqual(await grantsIn(env, namespace), []);
    // A second revocation has nothing to stop; the first one's report shows that it was taken back.
    const again = await revoke(env, { subject, accesses: [`pull:${namespace}`] });
    assert.equal(again.failure, undefined, again.report.failure?.message ?? '');
  });

  test('and revokes what the onboarding has granted to the name already', async () => {
    const { handle, subject, namespace, target } = await waiting('grants-first', ['pull']);
    assert.equal((await grantsIn(env, namespace)).length, 1);
    const { report, failure } = await revoke(env, {
      target,
      subject,
      accesses: [`pull:${namespace}`],
    });
    assert.equal(failure, undefined, report.failure?.message ?? '');
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
  });

  test('but none that gives something else', async () => {
    const { handle, subject, namespace } = await waiting('sandbox', ['push']);
    const { failure } = await revoke(env, { subject, accesses: [`pull:${namespace}`] });
    assert.equal(failure, 'GrantNotFound');
    assert.equal((await handle.describe()).status.name, 'RUNNING');
    // The filter for what is open, which the sweep asks by, is one that the server knows.
    const open = async () => {
      const activity = new MockActivityEnvironment({}, { client: env.client });
      let found: readonly string[] = [];
      await activity.run(async () => {
        found = await createExecutions().openOnboardings();
      });
      return found;
    };
    await eventually('it to be listed as open', async () =>
      (await open()).includes(handle.workflowId),
    );
    await handle.terminate();
    await eventually('it not to be', async () => !(await open()).includes(handle.workflowId));
  });

  test('and does not wait while its undo is overdue: it deletes the binding itself', async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(env, { subject, accesses })).report);
    // One that never ends, since nobody works for it, and says that its undo is overdue.
    const stuck = await env.client.workflow.start('onboard', {
      taskQueue: fresh('nobody'),
      workflowId: onboardId('sandbox', subject),
      typedSearchAttributes: new TypedSearchAttributes([
        { key: SEARCH_ATTRIBUTES.access, value: accesses },
        { key: SEARCH_ATTRIBUTES.state, value: 'undo-overdue' },
      ]),
    });
    const { report } = await revoke(env, { subject, accesses });
    await stuck.terminate();
    assert.equal(report.outcome, 'revoked-unproven', report.failure?.message ?? '');
    assert.match(report.next.join(), /is still being undone\. When it has ended, revoke again/);
    assert.deepEqual(await grantsIn(env, namespace), []);
    const steps = report.steps.find(({ name }) => name === 'stop onboarding');
    assert.match(steps?.detail ?? '', /deleted without waiting for it/);
    assert.ok((steps?.durationMs ?? Infinity) < 30_000);
  });
});
