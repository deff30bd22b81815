import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import type * as workflows from '../../workflows/index.ts';
import { onboardId } from '../../workflows/contract.ts';
import { createNamespace, fresh, grantsIn, newcomer } from './support/fixtures.ts';
import { serveIntercepted } from './support/intercepted.ts';
import type { Intercepted } from './support/intercepted.ts';
import { endOf, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

function at(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

// Days pass in moments: the workflow's timers are cut short, everything else is as it is.
describe('a wait of thirty days', () => {
  let env: Environment;
  let intercepted: Intercepted;
  const target = fresh('patient');
  before(async () => {
    env = await openEnvironment();
    await env.serve({ [target]: { grant: 'before-login' } });
    intercepted = await serveIntercepted(env, 'fast-timers.ts');
  });
  after(async () => {
    await intercepted?.stop();
    await env.close();
  });

  test('sends fewer and fewer reminders, ends undone, and leaves a small history that replays', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const request = {
      target,
      subject,
      accesses: [`pull:${namespace}`],
      waitForLogin: '30d',
      prove: 'if-possible' as const,
    };
    const handle: WorkflowHandle<typeof workflows.onboard> = await env.client.workflow.start(
      'onboard',
      { taskQueue: intercepted.taskQueue, workflowId: onboardId(target, subject), args: [request] },
    );
    const { report, failure } = await endOf(handle.result());
    assert.equal(failure, 'LoginTimedOut', String(report.failure?.message));
    assert.match(report.failure?.message ?? '', /has not logged in within 30d;/);
    assert.equal(report.failure?.undone, 'everything that this run made is gone');
    assert.deepEqual(await grantsIn(env, namespace), []);

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
