import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { startCollectLogs } from '../../../src/temporal/starts.ts';
import { logsId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import type { collectLogs } from '../../../workflows/logs/collect-logs.ts';
import { halfBundles, numbersOf, range } from '../support/bundles.ts';
import { openCuttingProxy } from '../support/cutting-proxy.ts';
import { gapsOf, openLogEnvironment } from '../support/log-environment.ts';
import type { LogEnvironment } from '../support/log-environment.ts';
import { openStage } from '../support/pod-log.ts';

describe('collections at once', () => {
  let env: LogEnvironment;
  before(async () => {
    env = await openLogEnvironment();
  });
  after(() => env.close());

  test("do not take the same lines: the one that is sealed second reads again from the other's end", async (t) => {
    const pod = await openStage(env, 1);
    pod.say(1, 100);
    // The first one's stream waits in the middle until the second has sealed its bundle.
    const reading = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    let isHeld = false;
    const proxy = await openCuttingProxy(env, {
      meanwhile: async () => {
        if (isHeld) return;
        isHeld = true;
        reading.resolve();
        await mayGoOn.promise;
      },
    });
    t.after(() => proxy.close());
    const target = await env.serveLogs({ ...env.of(pod), kubeconfig: proxy.kubeconfig });
    const first = await startCollectLogs(env.client, { target });
    await reading.promise;

    await assert.rejects(
      startCollectLogs(env.client, { target }),
      WorkflowExecutionAlreadyStartedError,
    );
    // As the schedule starts its runs: their ids are others.
    const second = await (await startAsScheduled(env, target)).result();
    mayGoOn.resolve();
    const all = [second, await first.result()];

    assert.equal(new Set(all.map(({ bundle }) => bundle)).size, 2);
    assert.deepEqual(
      all.map(({ lines }) => lines),
      [100, 0],
    );
    const bundles = env.bundles(target);
    assert.deepEqual(numbersOf(bundles, pod.name), range(1, 100));
    assert.deepEqual(gapsOf(bundles), []);
    assert.deepEqual(halfBundles(env.archive, target), []);
  });

  test('leave alone what another may be writing; half a bundle that nobody writes any more goes', async () => {
    const pod = await openStage(env, 2);
    const target = await env.serveLogs(env.of(pod));
    const half = (bundle: string, ageMs: number) => {
      const folder = path.join(env.archive, 'logs', target, bundle);
      mkdirSync(folder, { recursive: true });
      const at = new Date(Date.now() - ageMs);
      for (const name of ['log-stage_x_app.log.zst', 'log-stage_y_app.log.zst.0a1b2c3d.part']) {
        writeFileSync(path.join(folder, name), 'half');
        utimesSync(path.join(folder, name), at, at);
      }
      return folder;
    };
    const dead = half('20200101T000000.000Z-deadbeef', 2 * 3_600_000);
    const living = half('20200101T000000.001Z-aliveaaa', 60_000);
    pod.say(1, 5);
    assert.equal((await env.collect(target)).lines, 5);
    assert.equal(existsSync(dead), false);
    assert.equal(existsSync(path.join(living, 'log-stage_y_app.log.zst.0a1b2c3d.part')), true);
    assert.equal(existsSync(path.join(living, 'log-stage_x_app.log.zst')), true);
    rmSync(living, { recursive: true });
  });
});

async function startAsScheduled(env: LogEnvironment, target: string) {
  return env.client.workflow.start<typeof collectLogs>('collectLogs', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: `${logsId(target)}-${new Date().toISOString()}`,
    args: [{ target }],
  });
}
