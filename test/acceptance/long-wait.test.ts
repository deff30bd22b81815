import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import type * as workflows from '../../workflows/index.ts';
import { onboardId } from '../../workflows/contract.ts';
import { createNamespace, fresh, grantsIn, newcomer } from './support/cast.ts';
import { serveIntercepted } from './support/intercepted.ts';
import type { Intercepted } from './support/intercepted.ts';
import { endOf, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

// Days pass in moments: the workflow's timers are cut short, everything else is as it is.
describe('a wait of thirty days', () => {
  let world: World;
  let intercepted: Intercepted;
  const target = fresh('patient');
  before(async () => {
    world = await openWorld();
    await world.serve({ [target]: { grant: 'before-login' } });
    intercepted = await serveIntercepted(world, 'warp.ts');
  });
  after(async () => {
    await intercepted?.stop();
    await world.close();
  });

  test('is reminded of ever more rarely, ends undone, and leaves a small history that replays', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(world)];
    const request = {
      target,
      subject,
      accesses: [`pull:${namespace}`],
      waitForLogin: '30d',
      prove: 'if-possible' as const,
    };
    const handle: WorkflowHandle<typeof workflows.onboard> = await world.client.workflow.start(
      'onboard',
      { taskQueue: intercepted.taskQueue, workflowId: onboardId(target, subject), args: [request] },
    );
    const { report, failure } = await endOf(handle.result());
    assert.equal(failure, 'LoginTimedOut', String(report.failure?.message));
    assert.match(report.failure?.message ?? '', /has not logged in within 30d;/);
    assert.equal(report.failure?.undone, 'everything that this run made is gone');
    assert.deepEqual(await grantsIn(world, namespace), []);

    const history = await handle.fetchHistory();
    const events = history.events ?? [];
    const timers = events.flatMap(({ timerStartedEventAttributes: timer }) => timer ?? []);
    assert.equal(timers.length, 11, 'ten reminders and the deadline');
    const looks = events.filter(
      ({ activityTaskScheduledEventAttributes: act }) => act?.activityType?.name === 'awaitLogin',
    );
    assert.equal(looks.length, 1, 'all looks are attempts of one activity');
    assert.ok(events.length < 150, `${events.length} events`);
    await Worker.runReplayHistory(
      { workflowsPath: at('../../workflows/index.ts') },
      history,
      handle.workflowId,
    );
  });
});
