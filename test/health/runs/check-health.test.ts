import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { HealthState } from '../../../src/health/model/state.ts';
import { failureLogsId, notifyId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { inputOf } from '../../support/run-end.ts';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { DOWN, examined, runUntil, startHealth, stubs, WELL } from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment('fast-timers.ts');
});
after(() => env?.close());
beforeEach(() => env.stub(stubs()));

async function run(): Promise<HealthState> {
  return (await startHealth(env)).result();
}

/** Runs until the failure is told. */
function runUntilDown() {
  return runUntil(DOWN, { env, run, isWanted: ({ checks }) => checks.pods?.told !== undefined });
}

function called() {
  return env.calls
    .map(({ name }) => name)
    .filter((name) => name !== 'routeAlert' && name !== 'planCollection');
}

describe('a health run', () => {
  test('recalls, checks and records, in that order, and returns its state', async () => {
    const state = await run();
    assert.deepEqual(called(), ['readLastHealth', 'runHealthChecks', 'recordHealth']);
    assert.equal(state.verdict, 'healthy');
    assert.deepEqual(Object.keys(state.checks).toSorted(), ['endpoint', 'pods', 'probe']);
  });

  test('shows its verdict and that nothing is being told', async () => {
    const handle = await startHealth(env);
    await handle.result();
    const { searchAttributes } = await handle.describe();
    assert.deepEqual(searchAttributes['PurserVerdict'], ['healthy']);
    assert.deepEqual(searchAttributes['PurserState'], ['quiet']);
    assert.deepEqual(searchAttributes['PurserTarget'], ['prod']);
  });

  test('gives the checks what they remember of the run before', async () => {
    const earlier = await run();
    env.stub(stubs({ readLastHealth: () => ({ state: earlier }) }));
    await run();
    assert.deepEqual(inputOf(env, 'runHealthChecks'), {
      memory: { pods: { seen: 'pods' }, endpoint: { seen: 'endpoint' } },
    });
  });

  test('is metered: when it ran, the verdicts and the findings', async () => {
    await run();
    const of = (name: string) => env.meters.filter((each) => each.name === name);
    assert.equal(of('purser_health_run_timestamp_seconds').length, 1);
    assert.deepEqual(
      of('purser_target_verdict').filter(({ value }) => value === 1),
      [{ name: 'purser_target_verdict', value: 1, labels: { target: 'prod', verdict: 'healthy' } }],
    );
    assert.deepEqual(
      of('purser_check_verdict')
        .filter(({ value }) => value === 1)
        .map(({ labels }) => labels['check']),
      ['pods', 'endpoint'],
    );
  });

  test('removes old days of the history once a day, and not with every run', async () => {
    const sweepOf = () => Reflect.get(Object(inputOf(env, 'recordHealth')), 'sweep');
    const earlier = await run();
    assert.equal(sweepOf(), true, 'the first run of all');
    env.stub(stubs({ readLastHealth: () => ({ state: earlier }) }));
    await run();
    assert.equal(sweepOf(), false, 'another of the same day');
    const yesterday = new Date(Date.parse(earlier.at) - 86_400_000).toISOString();
    env.stub(stubs({ readLastHealth: () => ({ state: { ...earlier, at: yesterday } }) }));
    await run();
    assert.equal(sweepOf(), true, 'the first of a day');
  });
});

describe('a health run that cannot do everything', () => {
  test('judges as the first where nothing could be recalled', async () => {
    env.stub(
      stubs({
        readLastHealth: () => {
          throw failure('Forbidden', 'no rights on the archive');
        },
      }),
    );
    assert.equal((await run()).verdict, 'healthy');
    assert.deepEqual(inputOf(env, 'runHealthChecks'), { memory: {} });
  });

  test("does not take what is no state, or another target's, for its own", async () => {
    const earlier = await run();
    for (const state of [
      { target: 'prod' } as unknown as HealthState,
      { ...earlier, verdict: 'bad' as never },
    ]) {
      env.stub(stubs({ readLastHealth: () => ({ state }) }));
      await run();
      assert.deepEqual(inputOf(env, 'runHealthChecks'), { memory: {} });
    }
  });

  test('completes where no check could be run: unknown, and never healthy', async () => {
    env.stub(
      stubs({
        runHealthChecks: () => {
          throw failure('Forbidden', 'Purser may not list pods');
        },
      }),
    );
    const state = await run();
    assert.equal(state.verdict, 'unknown');
    assert.match(
      state.checks.probe?.findings[0]?.text ?? '',
      /no check could be run: Purser may not list pods/,
    );
    assert.deepEqual(called(), ['readLastHealth', 'runHealthChecks', 'recordHealth']);
  });

  test('completes although the archive does not take its line', async () => {
    env.stub(
      stubs({
        recordHealth: () => {
          throw failure('Unreachable', 'the bucket is away');
        },
      }),
    );
    assert.equal((await run()).verdict, 'healthy');
  });

  test('completes although what fires could not be kept open', async () => {
    const down = await runUntilDown();
    env.stub(
      stubs({
        readLastHealth: () => ({ state: down }),
        runHealthChecks: () => examined(DOWN),
        refreshAlerts: () => {
          throw failure('NotConfigured', 'no such notifier');
        },
      }),
    );
    const state = await run();
    assert.ok(called().includes('refreshAlerts'));
    assert.equal(state.checks.pods?.told?.severity, down.checks.pods?.told?.severity);
  });

  test('is refused under another id than its target gives', async () => {
    const stranger = await env.client.workflow.start('checkHealth', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: 'health/prod',
      args: [{ target: 'prod' }],
    });
    const error: unknown = await stranger.result().catch((reason: unknown) => reason);
    assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
    assert.equal(error.cause.type, 'InvalidRequest');
    assert.deepEqual(env.calls, []);
  });
});

describe('a failure that enough runs agree on', () => {
  test('is told by a workflow of its own, and the logs around it are collected by another', async () => {
    const state = await runUntilDown();
    assert.equal(state.verdict, 'unhealthy');
    const logs = failureLogsId('prod', state.at);
    assert.equal(state.checks.pods?.told?.logs, logs, 'the message names the logs');

    const notify = env.client.workflow.getHandle(notifyId('prod', 'pods'));
    await eventually(
      'the message',
      () => env.calls.some(({ name }) => name === 'routeAlert'),
      20_000,
    );
    const alert = Object(inputOf(env, 'routeAlert'));
    assert.equal(alert.state, 'firing');
    assert.equal(alert.logs, logs);
    assert.deepEqual(await notify.result(), []);

    const { type } = await env.client.workflow.getHandle(logs).describe();
    assert.equal(type, 'collectLogs');
    await eventually(
      'the collection',
      () => env.calls.some(({ name }) => name === 'planCollection'),
      20_000,
    );
    const { request } = Object(inputOf(env, 'planCollection'));
    assert.ok(Date.parse(request.since) < Date.parse(state.at), 'what led to it is in the logs');
    assert.ok(Date.parse(request.until) > Date.parse(state.at), 'so is what followed');
    assert.match(request.reason, /pods of prod went down/);
  });

  test('is not told by the first run that sees it', async () => {
    env.stub(stubs({ runHealthChecks: () => examined(WELL) }));
    const earlier = await run();
    env.stub(
      stubs({ readLastHealth: () => ({ state: earlier }), runHealthChecks: () => examined(DOWN) }),
    );
    const state = await run();
    assert.equal(state.checks.pods?.told, undefined);
    assert.ok(!env.calls.some(({ name }) => name === 'routeAlert'));
  });

  test('is kept open by every run that sees it, and told once', async () => {
    const down = await runUntilDown();
    env.stub(
      stubs({ readLastHealth: () => ({ state: down }), runHealthChecks: () => examined(DOWN) }),
    );
    await run();
    const { alerts } = Object(inputOf(env, 'refreshAlerts'));
    assert.equal(alerts.length, 1);
    assert.ok(!env.calls.some(({ name }) => name === 'routeAlert'), 'no second message');
  });
});
