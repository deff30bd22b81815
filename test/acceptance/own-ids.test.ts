import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { alert } from '../alerts/entries.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { onboardId, WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import {
  createNamespace,
  createServiceAccount,
  createUser,
  fresh,
  grantsIn,
} from './support/fixtures.ts';
import { createStranger } from './support/own-calls.ts';
import type { Stranger } from './support/own-calls.ts';
import { goSignal } from './support/own-workflow.ts';
import { assertProven, endOf, onboard, openEnvironment, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe("a workflow's id", () => {
  let env: Environment;
  let stranger: Stranger;
  before(async () => {
    env = await openEnvironment();
    stranger = await createStranger(env);
  });
  after(async () => {
    await stranger?.stop();
    await env.close();
  });

  const made = fresh('made-up');
  const alice = { kind: 'User', name: 'alice' };
  const request = { target: 'sandbox', subject: alice, accesses: ['pull:team-a'] };
  const rows: readonly (readonly [string, string, unknown])[] = [
    ['onboard', made, request],
    // Another's id, were it that of the same person elsewhere.
    ['onboard', `onboard/${made}/User/alice`, request],
    ['onboard', `onboard/sandbox/User/alice-2026-11-28T12:00:00Z`, request],
    ['revoke', made, request],
    ['revoke', onboardId('sandbox', { kind: 'User', name: made }), request],
    ['collectLogs', made, { target: 'sandbox' }],
    ['collectLogs', `logs/sandbox/failure-${made}`, { target: 'sandbox' }],
    ['checkHealth', made, { target: 'sandbox' }],
    ['checkHealth', `health/${made}-2026-11-28T12:00:00Z`, { target: 'sandbox' }],
    ['notify', made, { alerts: [alert({ target: 'sandbox' })] }],
    [
      'notify',
      `notify/${made}/pods`,
      {
        alerts: [
          alert({ target: made, check: 'pods' }),
          alert({ target: made, check: 'endpoint' }),
        ],
      },
    ],
  ];
  for (const [type, workflowId, input] of rows) {
    test(`of ${type} that its input does not give ends it at once: ${workflowId.replace(made, '…')}`, async () => {
      const run = env.client.workflow.execute(type, {
        taskQueue: WORKFLOWS_QUEUE,
        workflowId,
        args: [input],
      });
      await assert.rejects(run, (error) => {
        assert.ok(error instanceof WorkflowFailedError);
        assert.ok(error.cause instanceof ApplicationFailure, String(error.cause));
        assert.equal(error.cause.type, 'InvalidRequest');
        assert.match(error.cause.message, /was started under the id .*, and its input gives /);
        return true;
      });
    });
  }

  test('that is made up can neither run beside the real onboarding nor undo what that made', async () => {
    const [namespace, subject] = [await createNamespace(env), await createUser(env)];
    const input = { target: 'sandbox', subject, accesses: [`push:${namespace}`] };
    await env.fault({ hang: true });
    const real = await startOnboard(env.client, { ...input, prove: 'if-possible' });
    const beside = await env.client.workflow.start('onboard', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: fresh('beside'),
      args: [input],
    });
    await assert.rejects(beside.result(), { name: 'WorkflowFailedError' });
    await env.fault({});
    assertProven((await endOf(real.result())).report);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('of a name that is too long onboards a service account all the same', async () => {
    const namespace = await createNamespace(env);
    const name = `${fresh('ci')}-${'x'.repeat(230)}`;
    const subject = await createServiceAccount(env, namespace, name);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { subject, accesses });
    assert.equal(report.outcome, 'granted-unproven', JSON.stringify(report.failure));
    assert.equal(report.workflowId.length, 255);
    const taken = await revoke(env, { subject, accesses });
    assert.equal(taken.report.outcome, 'revoked-unproven', JSON.stringify(taken.report.failure));
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test("and its first run's id are the ones that an activity gets, also after a reset", async () => {
    const ask = { activity: 'thisRun', taskQueue: stranger.taskQueue };
    const handle = await stranger.start([ask]);
    await handle.signal(goSignal);
    const first = await handle.result();
    const run = `${handle.workflowId}/${handle.firstExecutionRunId}`;
    assert.deepEqual(first, { answers: [run], firstRunId: handle.firstExecutionRunId });
    const { namespace } = env.client.options;
    const { runId } = await env.client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      reason: 'a story',
      requestId: fresh('reset'),
      workflowTaskFinishEventId: await firstTaskOf(handle),
    });
    assert.notEqual(runId, handle.firstExecutionRunId);
    const again = env.client.workflow.getHandle(handle.workflowId, runId ?? '');
    assert.deepEqual(await again.result(), first);
    const { raw } = await again.describe();
    assert.equal(raw.workflowExecutionInfo?.firstRunId, handle.firstExecutionRunId);
  });
});

/** The event after which a reset begins anew: the end of the first workflow task. */
async function firstTaskOf(handle: Awaited<ReturnType<Stranger['start']>>) {
  const { events } = await handle.fetchHistory();
  const { EVENT_TYPE_WORKFLOW_TASK_COMPLETED: completed } = proto.temporal.api.enums.v1.EventType;
  return events?.find(({ eventType }) => eventType === completed)?.eventId ?? null;
}
