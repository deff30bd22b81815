import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { checkHealthNow, readHistory, reportOn } from '../../src/temporal/health.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { createLogger } from '../../src/temporal/logging.ts';
import { METER_SINKS } from '../../src/temporal/meters.ts';
import { findSchedule, HEALTH_CHECKS, setSchedule } from '../../src/temporal/schedules.ts';
import { healthId, notifyId, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { historyOf, recentOf, runningOf, untilHistory, untilIdle } from './support/schedule.ts';
import { standIn } from './support/stand-in.ts';
import type { StandIn } from './support/stand-in.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const EVERY_MS = 2_000;
const HOUR_MS = 3_600_000;

/** The state passes from run to run; what the checks find is told elsewhere, and played here. */
describe('the runs of a schedule of health checks', () => {
  let env: Environment;
  let apart: Apart;
  let folder: string;
  let stop: () => Promise<void>;
  let checks: StandIn;
  const target = 'played';
  const { signal } = new AbortController();
  const now = () => checkHealthNow(apart.client, target, signal);
  const schedule = () => apart.client.schedule.getHandle(healthId(target));

  before(async () => {
    env = await openEnvironment();
    folder = mkdtempSync(path.join(os.tmpdir(), 'purser-health-'));
    apart = await goApart(env, { archive: { folder } });
    stop = await apart.work(['workflows']);
    checks = await standIn(env, apart, target);
  });
  after(async () => {
    await schedule()
      .delete()
      .catch(() => {});
    await stop();
    await checks.stop();
    await env.close();
  });

  test('each gets the state of the one before it, and leaves a line', async () => {
    assert.equal(
      await setSchedule(apart.client, HEALTH_CHECKS, { target, everyMs: EVERY_MS }),
      'created',
    );
    const lines = await untilHistory(folder, target, ({ length }) => length >= 4);
    const [first] = lines;
    for (const [index, { state }] of lines.entries()) {
      assert.equal(recentOf(state, 'write-path'), 'h'.repeat(index + 1));
      assert.equal(state.since, first?.state.since);
      assert.equal(state.everyMs, EVERY_MS);
    }
    assert.deepEqual(checks.given.slice(0, 4), [undefined, 1, 2, 3]);
  });

  test('a worker that is stopped and started again loses nothing', async () => {
    const runs = (await historyOf(folder, target)).length;
    await stop();
    stop = await apart.work(['workflows']);
    const lines = await untilHistory(folder, target, ({ length }) => length >= runs + 2);
    assert.equal(recentOf(lines.at(-1)?.state, 'write-path').length, Math.min(20, lines.length));
    assert.equal(lines.at(-1)?.state.since, lines[0]?.state.since);
  });

  test('a run that is terminated half-way loses nothing either', async () => {
    // Held in the middle of its checks: one that is further may have left its line already.
    checks.hold();
    let running = await runningOf(apart.client, target);
    await eventually('a run whose checks do not end', async () => {
      running = await runningOf(apart.client, target);
      return running !== undefined && checks.isHeld();
    });
    assert.ok(running);
    const runs = (await historyOf(folder, target)).length;
    await apart.client.workflow.getHandle(running.workflow.workflowId).terminate('by a story');
    checks.letGo();
    const lines = await untilHistory(folder, target, ({ length }) => length >= runs + 2);
    assert.equal(recentOf(lines.at(-1)?.state, 'write-path').length, Math.min(20, lines.length));
  });

  test('a pause stays when the schedule is changed, and what is known outlives both', async () => {
    await schedule().pause('by a story');
    await untilIdle(apart.client, target);
    const earlier = await historyOf(folder, target);
    assert.equal(
      await setSchedule(apart.client, HEALTH_CHECKS, { target, everyMs: EVERY_MS }),
      'updated',
    );
    const { schedule: paused, state } = await reportOn(apart.client, target, { archive: false });
    assert.equal(paused?.isPaused, true);
    assert.equal(paused?.note, 'by a story');
    assert.equal(paused?.next, undefined);
    assert.deepEqual(state, earlier.at(-1)?.state);
    await schedule().unpause();
    const lines = await untilHistory(folder, target, ({ length }) => length > earlier.length);
    assert.equal(
      recentOf(lines[earlier.length]?.state, 'write-path').length,
      Math.min(20, earlier.length + 1),
    );
  });

  test('a check by hand shares the state with the scheduled runs', async () => {
    await schedule().pause();
    await untilIdle(apart.client, target);
    const earlier = await historyOf(folder, target);
    checks.finds('degraded');
    const state = await now();
    assert.equal(state.checks['write-path']?.found, 'degraded');
    assert.equal(state.verdict, 'healthy');
    assert.equal(state.since, earlier[0]?.state.since);
    checks.finds('healthy');
    assert.ok(recentOf(await now(), 'write-path').endsWith('hdh'));
    await schedule().unpause();
    const lines = await untilHistory(folder, target, ({ length }) => length > earlier.length + 2);
    assert.ok(recentOf(lines[earlier.length + 2]?.state, 'write-path').endsWith('hdhh'));
  });

  test('a new schedule goes on from the last line of the archive', async () => {
    await schedule().pause();
    await untilIdle(apart.client, target);
    const earlier = await historyOf(folder, target);
    await schedule().delete();
    await setSchedule(apart.client, HEALTH_CHECKS, { target, everyMs: EVERY_MS });
    const lines = await untilHistory(folder, target, ({ length }) => length > earlier.length);
    const [first] = lines.slice(earlier.length);
    assert.equal(first?.state.since, earlier[0]?.state.since);
    const known = recentOf(earlier.at(-1)?.state, 'write-path');
    assert.equal(recentOf(first?.state, 'write-path'), `${known}h`.slice(-20));
  });

  test('without a schedule a check by hand takes it from there, too', async () => {
    await schedule().pause();
    await untilIdle(apart.client, target);
    const earlier = await historyOf(folder, target);
    await schedule().delete();
    assert.equal(await findSchedule(apart.client, healthId(target)), undefined);
    const state = await now();
    assert.equal(state.since, earlier[0]?.state.since);
    const known = recentOf(earlier.at(-1)?.state, 'write-path');
    assert.equal(recentOf(state, 'write-path'), `${known}h`.slice(-20));
    const { schedule: none, state: archived } = await reportOn(apart.client, target, {
      archive: true,
    });
    assert.equal(none, undefined);
    assert.deepEqual(archived, state);
  });

  test("three failures in a row raise an alert, two good runs close it, and the Web UI's list shows it", async () => {
    checks.finds('unhealthy');
    const verdicts = [await now(), await now(), await now()].map(({ verdict }) => verdict);
    assert.deepEqual(verdicts, ['healthy', 'healthy', 'unhealthy']);
    const described = await apart.client.workflow
      .getHandle(`${healthId(target)}/manual`)
      .describe();
    assert.equal(described.typedSearchAttributes.get(SEARCH_ATTRIBUTES.verdict), 'unhealthy');
    assert.equal(described.typedSearchAttributes.get(SEARCH_ATTRIBUTES.state), 'alerting');
    assert.equal(described.typedSearchAttributes.get(SEARCH_ATTRIBUTES.target), target);
    const telling = apart.client.workflow.getHandle(notifyId(target, 'write-path'));
    await telling.result();
    const first = (await telling.describe()).runId;
    checks.finds('healthy');
    assert.equal((await now()).verdict, 'unhealthy');
    assert.equal((await now()).verdict, 'healthy');
    assert.notEqual((await telling.describe()).runId, first);
    const told = (await historyOf(folder, target)).flatMap((line) => line.told);
    assert.deepEqual(told, ['write-path firing', 'write-path resolved']);
  });

  test('checks that cannot be run are reported as such, and keep their state', async () => {
    const known = (await now()).checks['write-path']?.memory;
    checks.finds(undefined);
    const states = [await now(), await now(), await now()];
    assert.deepEqual(
      states.map(({ verdict }) => verdict),
      ['healthy', 'healthy', 'unknown'],
    );
    const last = states.at(-1);
    assert.equal(last?.checks['write-path']?.memory, known);
    assert.match(
      last?.checks.probe?.findings[0]?.text ?? '',
      /no check could be run: the kubeconfig is gone/,
    );
    assert.equal((await historyOf(folder, target)).at(-1)?.told.join(), 'probe firing');
    checks.finds('healthy');
    assert.equal((await now()).checks['write-path']?.found, 'healthy');
    assert.equal((await now()).verdict, 'healthy');
  });

  test('the history is summed up by the worker of the workflows', async () => {
    const from = new Date(Date.now() - HOUR_MS).toISOString();
    const request = { target, from, to: new Date().toISOString(), buckets: 20 };
    const history = await readHistory(apart.client, request);
    assert.equal(history.runs, (await historyOf(folder, target)).length);
    const [check] = history.checks;
    assert.equal(check?.check, 'write-path');
    assert.equal(check.counts.unhealthy, 3);
    assert.equal(check.counts.unknown, 3);
    assert.deepEqual(
      check.latencies.map(({ name, mean }) => [name, mean]),
      [['push', 2]],
    );
    assert.ok(history.events.some(({ told }) => told.includes('write-path firing')));
    assert.ok(JSON.stringify(history).length < 20_000);
  });

  test('without the archive only the history is missing', async () => {
    const nowhere = path.join(folder, 'a-file');
    writeFileSync(nowhere, 'in the way');
    await stop();
    stop = await apart.work(['workflows'], { archive: { folder: nowhere } });
    const lines = (await historyOf(folder, target)).length;
    const state = await now();
    assert.equal(state.verdict, 'healthy');
    // Nothing was recalled: it judges as if it were the first.
    assert.equal(recentOf(state, 'write-path'), 'h');
    assert.equal((await historyOf(folder, target)).length, lines);
    await stop();
    stop = await apart.work(['workflows']);
  });

  test('invalid input ends a run at once', async () => {
    const run = await apart.client.workflow.start('checkHealth', {
      taskQueue: 'purser',
      workflowId: `health/malformed`,
      args: [{ target: 'NO', every: 3 }],
    });
    await assert.rejects(run.result(), (error: Error) => {
      assert.match(String(error.cause), /InvalidRequest|target: "NO"/);
      return true;
    });
  });

  test('their histories replay with this version', async () => {
    const histories = apart.client.workflow
      .list({ query: "WorkflowType = 'checkHealth'" })
      .intoHistories({ concurrency: 2 });
    const codePath = await workflowBundle(createLogger('error'));
    let replayed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories(
      { workflowBundle: { codePath }, sinks: METER_SINKS },
      histories,
    )) {
      assert.equal(error, undefined, workflowId);
      replayed += 1;
    }
    assert.ok(replayed > 20, `${replayed} runs`);
  });
});
