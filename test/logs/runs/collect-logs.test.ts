import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { CollectLogsRequest } from '../../../src/logs/model/collect-request.ts';
import { startCollectLogs } from '../../../src/temporal/starts.ts';
import { logsId, progressQuery, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { inputOf, stateOf, failureOf } from '../../support/run-end.ts';
import {
  failure,
  lastUntilCancelled,
  openWorkflowEnvironment,
} from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { COLLECTED, GOOD, NAMESPACE, planOf, runOf, sourceOf } from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment('fast-timers.ts');
});
after(() => env?.close());
beforeEach(() => env.stub(GOOD));

function called() {
  return env.calls.map(({ name }) => name);
}
function start(more: Partial<CollectLogsRequest> = {}) {
  return startCollectLogs(env.client, { target: 'prod', ...more });
}

describe('a collection', () => {
  test('plans, reads, seals and prunes, in that order', async () => {
    const handle = await start();
    assert.deepEqual(await handle.result(), COLLECTED);
    assert.deepEqual(called(), [
      'planCollection',
      'collectContainerLog',
      'collectContainerLog',
      'collectEvents',
      'sealBundle',
      'pruneBundles',
    ]);
    assert.equal(await stateOf(handle), 'collected');
  });

  test('seals what it has read, in the order of the plan', async () => {
    const read = new Set<string>();
    env.stub({
      ...GOOD,
      planCollection: () => planOf(['a', 'b', 'c']),
      // The first one that is planned is read last.
      collectContainerLog: async ({ planned }) => {
        const { pod } = planned.run;
        if (pod === 'a') await eventually('the others', () => read.size === 2, 20_000);
        read.add(pod);
        return { source: sourceOf({ pod }) };
      },
    });
    await (await start()).result();
    const { collected } = Object(inputOf(env, 'sealBundle'));
    assert.deepEqual(
      [...collected].map(({ source }) => source.pod),
      ['a', 'b', 'c'],
    );
  });

  test('reads three logs at a time, and no more', async () => {
    const open = { now: 0, most: 0 };
    const released = Promise.withResolvers<void>();
    env.stub({
      ...GOOD,
      planCollection: () => planOf(['a', 'b', 'c', 'd', 'e']),
      collectContainerLog: async () => {
        open.now += 1;
        open.most = Math.max(open.most, open.now);
        await released.promise;
        open.now -= 1;
        return { source: sourceOf() };
      },
    });
    const handle = await start();
    await eventually('three', () => open.now === 3, 20_000);
    released.resolve();
    await handle.result();
    assert.equal(open.most, 3);
    assert.equal(called().filter((name) => name === 'collectContainerLog').length, 5);
  });

  test('shows each source as a step, and what is gone as one that was not tried', async () => {
    const gap = {
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-01T00:10:00Z',
      reason: 'pod-gone',
    } as const;
    const place = { ...runOf('gone').run, complete: false };
    env.stub({ ...GOOD, planCollection: () => planOf(['a'], { lost: [{ place, gap }] }) });
    const handle = await start();
    await handle.result();
    const { steps } = await handle.query(progressQuery);
    assert.deepEqual(
      steps.map(({ name, outcome }) => `${name} ${outcome}`),
      ['gone/registry not-tried', 'a/registry passed', `events of ${NAMESPACE} passed`],
    );
  });

  test('is sealed although one container could not be read: that is a failed step', async () => {
    env.stub({
      ...GOOD,
      collectContainerLog: ({ planned }) => ({
        source:
          planned.run.pod === 'a'
            ? sourceOf({ lines: 0, failure: { type: 'Unreachable', message: 'node n1 is away' } })
            : sourceOf(),
      }),
    });
    const handle = await start();
    await handle.result();
    const { steps } = await handle.query(progressQuery);
    assert.deepEqual(
      steps.filter(({ outcome }) => outcome === 'failed').map(({ detail }) => detail),
      ['node n1 is away'],
    );
  });

  test('tells what it has pruned, and ends well where nothing may be deleted', async () => {
    env.stub({ ...GOOD, pruneBundles: () => ({ removed: ['one', 'two'], held: 1 }) });
    const pruned = await (await start()).result();
    assert.deepEqual(pruned.retained, { removed: 2, held: 1 });
    env.stub({
      ...GOOD,
      pruneBundles: () => {
        throw failure('Forbidden', 'the bucket is locked');
      },
    });
    assert.deepEqual(await (await start()).result(), COLLECTED);
  });
});

describe('a collection that comes to nothing', () => {
  test('because no container could be read is not sealed, and clears away what it wrote', async () => {
    const message = 'the kubelet does not answer';
    env.stub({
      ...GOOD,
      collectContainerLog: () => ({
        source: sourceOf({ failure: { type: 'Unreachable', message } }),
      }),
    });
    const handle = await start();
    const cause = await failureOf(handle);
    assert.ok(cause instanceof ApplicationFailure);
    assert.equal(cause.type, 'Unreachable');
    assert.match(cause.message, /none of the 2 containers could be read, so nothing was sealed/);
    assert.ok(!called().includes('sealBundle'));
    assert.equal(called().at(-1), 'discardBundle');
    assert.equal(await stateOf(handle), 'failed');
  });

  test("because another one was sealed first discards its bundle and goes on from the other's end", async () => {
    let seals = 0;
    env.stub({
      ...GOOD,
      sealBundle: () => {
        seals += 1;
        if (seals === 1) throw failure('Conflict', 'another collection was sealed first');
        return COLLECTED;
      },
    });
    const handle = await start();
    assert.deepEqual(await handle.result(), COLLECTED);
    const names = called();
    assert.deepEqual(
      names.filter((name) => !name.startsWith('collect')),
      [
        'planCollection',
        'sealBundle',
        'discardBundle',
        'planCollection',
        'sealBundle',
        'pruneBundles',
      ],
    );
    const { steps } = await handle.query(progressQuery);
    assert.equal(steps.length, 3, "the first round's sources are forgotten");
  });

  test('for the third time in that way fails with the Conflict', async () => {
    env.stub({
      ...GOOD,
      sealBundle: () => {
        throw failure('Conflict', 'another collection was sealed first');
      },
    });
    const cause = await failureOf(await start());
    assert.ok(cause instanceof ApplicationFailure);
    assert.equal(cause.type, 'Conflict');
    assert.equal(called().filter((name) => name === 'planCollection').length, 3);
    assert.equal(called().filter((name) => name === 'discardBundle').length, 3);
  });

  test('because it is cancelled cancels what is being read, and clears away', async () => {
    env.stub({ ...GOOD, collectContainerLog: lastUntilCancelled });
    const handle = await start();
    await eventually('the reading', () => called().includes('collectContainerLog'), 20_000);
    await handle.cancel();
    assert.ok((await failureOf(handle)) instanceof CancelledFailure);
    assert.equal(called().at(-1), 'discardBundle');
    assert.ok(!called().includes('sealBundle'));
  });

  test('because it was started under another id reads nothing', async () => {
    const stranger = await env.client.workflow.start('collectLogs', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: `${logsId('prod')}/mine`,
      args: [{ target: 'prod' }],
    });
    const cause = await failureOf(stranger);
    assert.ok(cause instanceof ApplicationFailure);
    assert.equal(cause.type, 'InvalidRequest');
    assert.deepEqual(env.calls, []);
  });
});
