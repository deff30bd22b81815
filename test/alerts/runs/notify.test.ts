import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { alertId } from '../../../src/alerts/model/alert.ts';
import type { Alert } from '../../../src/alerts/model/alert.ts';
import { runTestNotifiers } from '../../../src/temporal/starts.ts';
import { addAlertSignal, notifyId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import type * as workflows from '../../../workflows/index.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { stateOf, ownFailureOf } from '../../support/run-end.ts';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment();
});
after(() => env?.close());

let minute = 0;
/** The next message about the pods of `prod`: each has a time of its own. */
function alertOf(state: Alert['state'], more: Partial<Alert> = {}): Alert {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute++)).toISOString();
  const about = { target: 'prod', check: 'pods', at, ...more } as const;
  return {
    ...about,
    id: alertId(about),
    state,
    severity: 'critical',
    worst: 'critical',
    cause: 'not-ready',
    summary: 'no pod of the registry runs',
    since: at,
    evidence: [],
  };
}

function start(alerts: readonly Alert[], workflowId = notifyId('prod', 'pods')) {
  return env.client.workflow.start<typeof workflows.notify>('notify', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId,
    args: [{ alerts }],
  });
}

/** What the notifiers were given, as `chat firing`. */
function delivered(): readonly string[] {
  return env.calls.flatMap(({ name, input }) => {
    const { notifier, alert } = Object(input);
    return name === 'deliverAlert' ? [`${notifier} ${alert.state}`] : [];
  });
}

/** A promise, and what settles it. */
function gate() {
  return Promise.withResolvers<void>();
}

describe('an alert', () => {
  test('is sent to each notifier that takes it, and to no other', async () => {
    env.stub({
      routeAlert: () => ({ notifiers: ['chat', 'pager'] }),
      deliverAlert: ({ notifier }) => ({ answer: `${notifier}: 200` }),
    });
    const handle = await start([alertOf('firing')]);
    const results = await handle.result();
    assert.deepEqual(delivered().toSorted(), ['chat firing', 'pager firing']);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['delivered', 'delivered'],
    );
    assert.equal(await stateOf(handle), 'delivered');
  });

  test('that no notifier takes ends the run at once', async () => {
    env.stub({ routeAlert: () => ({ notifiers: [] }) });
    assert.deepEqual(await (await start([alertOf('firing')])).result(), []);
    assert.deepEqual(delivered(), []);
  });

  test('that comes by signal is sent after the one before, to each notifier', async () => {
    const held = gate();
    env.stub({
      routeAlert: () => ({ notifiers: ['chat'] }),
      deliverAlert: async ({ alert }) => {
        if (alert.state === 'firing') await held.promise;
        return { answer: 'ok' };
      },
    });
    const handle = await start([alertOf('firing')]);
    await eventually('the first', () => delivered().length === 1, 20_000);
    await handle.signal(addAlertSignal, alertOf('resolved'));
    await eventually(
      'the second to be routed',
      () => env.calls.filter(({ name }) => name === 'routeAlert').length === 2,
      20_000,
    );
    assert.deepEqual(delivered(), ['chat firing'], 'the second waits for the first');
    held.resolve();
    await handle.result();
    assert.deepEqual(delivered(), ['chat firing', 'chat resolved']);
  });

  test('does not wait for a notifier that is down to be sent to the others', async () => {
    const down = gate();
    env.stub({
      routeAlert: () => ({ notifiers: ['down', 'chat'] }),
      deliverAlert: async ({ notifier }) => {
        if (notifier === 'down') await down.promise;
        return { answer: 'ok' };
      },
    });
    const handle = await start([alertOf('firing')]);
    await handle.signal(addAlertSignal, alertOf('resolved'));
    await eventually('all that chat gets', () => delivered().includes('chat resolved'), 20_000);
    assert.ok(!delivered().includes('down resolved'));
    down.resolve();
    await handle.result();
    assert.ok(delivered().includes('down resolved'));
  });

  test('that only reminds is left out where the next message is there already', async () => {
    const held = gate();
    env.stub({
      routeAlert: () => ({ notifiers: ['chat'] }),
      deliverAlert: async ({ alert }) => {
        if (alert.state === 'firing') await held.promise;
        return { answer: 'ok' };
      },
    });
    const handle = await start([alertOf('firing')]);
    await handle.signal(addAlertSignal, alertOf('reminder'));
    await handle.signal(addAlertSignal, alertOf('resolved'));
    await eventually(
      'all to be routed',
      () => env.calls.filter(({ name }) => name === 'routeAlert').length === 3,
      20_000,
    );
    held.resolve();
    const results = await handle.result();
    assert.deepEqual(delivered(), ['chat firing', 'chat resolved']);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['delivered', 'overtaken', 'delivered'],
    );
  });

  test('that could not be sent fails the run, with what became of every message', async () => {
    env.stub({
      routeAlert: () => ({ notifiers: ['down', 'chat'] }),
      deliverAlert: ({ notifier }) => {
        if (notifier === 'down') throw failure('NotConfigured', 'the webhook is gone: 410');
        return { answer: 'ok' };
      },
    });
    const handle = await start([alertOf('firing')]);
    const cause = await ownFailureOf(handle);
    assert.equal(cause.type, 'Unreachable');
    assert.match(cause.message, /down \(the webhook is gone: 410\)/);
    const outcomes = [...Object(cause.details?.[0])].map(
      (each) => `${each.notifier} ${each.outcome}`,
    );
    assert.deepEqual(outcomes.toSorted(), ['chat delivered', 'down gave up']);
    assert.equal(await stateOf(handle), 'undelivered');
    assert.deepEqual(
      env.meters.filter(({ name }) => name === 'purser_notifications_given_up_total'),
      [{ name: 'purser_notifications_given_up_total', value: 1, labels: { notifier: 'down' } }],
    );
  });
});

describe('what is no alert about the check', () => {
  test('is ignored when it comes by signal: what is being sent goes on', async () => {
    const held = gate();
    env.stub({
      routeAlert: () => ({ notifiers: ['chat'] }),
      deliverAlert: async () => {
        await held.promise;
        return { answer: 'ok' };
      },
    });
    const handle = await start([alertOf('firing')]);
    for (const stranger of [alertOf('firing', { check: 'metrics' }), {}, null, 'text']) {
      await handle.signal('addAlert', stranger);
    }
    held.resolve();
    assert.equal((await handle.result()).length, 1);
    assert.deepEqual(delivered(), ['chat firing']);
  });

  test('is refused when a run is started with it', async () => {
    env.stub({});
    const other = await start([alertOf('firing', { check: 'metrics' })]);
    assert.match((await ownFailureOf(other)).message, /its input gives notify\/prod\/metrics/);
    assert.equal((await ownFailureOf(await start([]))).type, 'InvalidRequest');
    assert.deepEqual(env.calls, []);
  });
});

describe('a test of the notifiers', () => {
  const tried = [{ notifier: 'chat', type: 'webhook', ok: true, detail: '200', durationMs: 1 }];

  test('sends a message that says what it is, through the one that is named', async () => {
    env.stub({ testNotifiers: () => ({ tried }) });
    assert.deepEqual(
      await runTestNotifiers(env.client, { target: 'prod', notifier: 'chat' }),
      tried,
    );
    const { notifier, alert } = Object(env.calls[0]?.input);
    assert.equal(notifier, 'chat');
    assert.match(alert.id, /^test\/prod\/write-path\//);
    assert.match(alert.summary, /This is a test/);
  });

  test('fails with the type of what went wrong', async () => {
    env.stub({
      testNotifiers: () => {
        throw failure('NotConfigured', 'there is no notifier chat');
      },
    });
    await assert.rejects(
      runTestNotifiers(env.client, { target: 'prod', notifier: 'chat' }),
      (error) => {
        assert.ok(error instanceof WorkflowFailedError);
        assert.ok(error.cause instanceof ApplicationFailure);
        assert.equal(error.cause.type, 'NotConfigured');
        return true;
      },
    );
  });
});
