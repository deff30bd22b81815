import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { alertSchema } from '../../src/alerts/model/alert.ts';
import type { Alert } from '../../src/alerts/model/alert.ts';
import type { HealthState } from '../../src/health/model/state.ts';
import { checkHealthNow } from '../../src/temporal/health.ts';
import { failureLogsId, logsId } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { file } from '../alerts/entries.ts';
import { startReceiver } from '../alerts/receiver.ts';
import type { Receiver } from '../alerts/receiver.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { halfBundles, numbersOf, range, readBundles } from './support/bundles.ts';
import { fresh } from './support/fixtures.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { openStage } from './support/pod-log.ts';
import type { StagePod } from './support/pod-log.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

// A millisecond: each run that finds it so reminds of it.
const REMIND_EVERY_HOURS = 1 / 3_600_000;

/** From a write outage of the registry to the sealed bundle that its alert names. */
describe('the logs around a failure', () => {
  let env: Environment;
  let apart: Apart;
  let hook: Receiver;
  let pod: StagePod;
  let stop: () => Promise<void>;
  const target = fresh('captured');
  const closing: (() => Promise<void> | void)[] = [];
  const later = { after: (close: () => Promise<void> | void) => void closing.unshift(close) };

  before(async () => {
    env = await openEnvironment();
    hook = await startReceiver(later);
    pod = await openStage(env, 4);
    const { sandbox } = env.config.targets;
    apart = await goApart(env, {
      targets: { [target]: { ...sandbox, logs: { workloads: [pod.workload] } } },
      health: {
        probe: { retryAfterSeconds: 0 },
        remindEveryHours: REMIND_EVERY_HOURS,
      },
      notify: [
        {
          name: 'hook',
          type: 'webhook',
          url: hook.origin,
          ca: file(later, hook.ca),
          secret: { file: file(later, crypto.randomUUID()) },
        },
      ],
    });
    stop = await apart.work(['workflows', 'steps']);
  });
  after(async () => {
    await stop();
    for (const close of closing) await close();
    await env.close();
  });

  const check = () => checkHealthNow(apart.client, target, new AbortController().signal);
  const told = (state: Alert['state']): readonly Alert[] =>
    hook.received
      .map(({ body }) => dataOf(body))
      .filter((alert) => alert.check === 'write-path' && alert.state === state);
  let down: HealthState;

  test('are collected once it has gone down, and the alert names them', async () => {
    pod.say(1, 40);
    assert.equal((await check()).checks['write-path']?.verdict, 'healthy');
    await env.fault({ uploadStatus: 500 });
    // One failure that is confirmed within its run counts as two: it goes down with the second run.
    const first = await check();
    assert.equal(first.checks['write-path']?.found, 'unhealthy');
    assert.equal(await collections(), 0, 'nothing is collected before it is down');
    down = await check();
    assert.equal(down.checks['write-path']?.verdict, 'unhealthy');
    pod.say(41, 80);
    await eventually('the alert', () => told('firing').length > 0);
    assert.deepEqual(
      told('firing').map(({ logs }) => logs),
      [failureLogsId(target, down.at)],
    );
  });

  test('are named by its reminders, too, and are not collected a second time', async () => {
    await check();
    await eventually('a reminder', () => told('reminder').length > 0);
    pod.say(81, 120);
    for (const { logs } of told('reminder')) assert.equal(logs, failureLogsId(target, down.at));
    assert.equal(await collections(), 1);
  });

  test('hold the lines before and after it, in a sealed bundle that names the reason', async () => {
    const handle = apart.client.workflow.getHandle<typeof workflows.collectLogs>(
      failureLogsId(target, down.at),
    );
    // It waits for a minute, as what follows is wanted, too.
    const { bundle, lines } = await handle.result();
    assert.equal(lines, 120);
    const archive = path.join(env.info.dataDir, 'archive');
    const bundles = readBundles(archive, target);
    assert.deepEqual(
      bundles.map(({ manifest }) => manifest.bundle),
      [bundle],
    );
    assert.deepEqual(numbersOf(bundles, pod.name), range(1, 120));
    assert.match(bundles[0]?.manifest.reason ?? '', /^write-path of captured-\w+ went down$/);
    assert.deepEqual(halfBundles(archive, target), []);
  });

  test('are named by what closes the alert', async () => {
    await env.fault({});
    while ((await check()).checks['write-path']?.verdict !== 'healthy');
    await eventually('that it is over', () => told('resolved').length > 0);
    assert.equal(told('resolved')[0]?.logs, failureLogsId(target, down.at));
  });

  const collections = async (): Promise<number> => {
    const query = `WorkflowType = 'collectLogs' AND WorkflowId STARTS_WITH '${logsId(target)}/'`;
    return (await apart.client.workflow.count(query)).count;
  };
});

const payloadSchema = z.object({ data: z.object(alertSchema.shape) });

function dataOf(body: string): Alert {
  return payloadSchema.parse(JSON.parse(body)).data;
}
