import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { healthId, logsId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import type { collectLogs } from '../../../workflows/logs/collect-logs.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { numbersOf, range } from '../support/bundles.ts';
import { closeLog, openLogs } from '../support/log-rights.ts';
import { openLogEnvironment } from '../support/log-environment.ts';
import type { LogTarget, LogEnvironment } from '../support/log-environment.ts';
import { openStage } from '../support/pod-log.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

describe('`purser logs` on a sandbox', () => {
  let env: LogEnvironment;
  let folder: string;
  before(async () => {
    env = await openLogEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'purser-schedule-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await env.close();
  });

  /** Runs `purser …` with a purser.yaml that has this target alone. */
  const purser = async (name: string, target: LogTarget, ...args: readonly string[]) => {
    const file = path.join(folder, `${name}.yaml`);
    const { temporal } = env.config;
    const archive = { folder: env.archive };
    writeFileSync(file, stringify({ temporal, archive, targets: { [name]: target } }));
    const all = ['--disable-warning=ExperimentalWarning', MAIN, '-c', file, ...args];
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    const { promise: code, resolve, reject } = Promise.withResolvers<number | null>();
    child.once('error', reject).once('close', resolve);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, err };
  };
  const logs = (name: string, target: LogTarget, ...args: readonly string[]) =>
    purser(name, target, 'logs', ...args);

  /** Has the schedule start a run now, as it would at its time; resolves to its result. */
  const nextRun = async (target: string) => {
    const schedule = env.client.schedule.getHandle(logsId(target));
    const runs = async () => (await schedule.describe()).info.recentActions;
    const earlier = (await runs()).length;
    await schedule.trigger();
    await eventually('the schedule to start a run', async () => (await runs()).length > earlier);
    const run = (await runs()).at(-1)?.action.workflow;
    assert.ok(run);
    return env.client.workflow
      .getHandle<typeof collectLogs>(run.workflowId, run.firstExecutionRunId)
      .result();
  };

  test('a schedule is created, updated, paused, resumed and removed; each run carries on from the last', async () => {
    const pod = await openStage(env, 1);
    const settings = env.of(pod);
    const target = await env.serveLogs(settings);
    const own = (...args: readonly string[]) => logs(target, settings, ...args);
    const id = logsId(target);
    const described = () => env.client.schedule.getHandle(id).describe();

    const none = await own('pause');
    assert.equal(none.code, 2);
    assert.match(
      none.err,
      new RegExp(`there is no schedule ${id}; create it with .purser logs schedule`),
    );

    const made = await own('schedule', '--every', '6h');
    assert.deepEqual([made.code, made.err], [0, '']);
    assert.match(
      made.out,
      new RegExp(`^schedule created: log collections of ${target} every 6h \\(${id}\\)\n$`),
    );
    const changed = await own('schedule', '--every', '12h');
    assert.match(changed.out, /^schedule updated: .* every 12h /);
    assert.equal((await described()).spec.intervals?.[0]?.every, 12 * 3_600_000);

    pod.say(1, 40);
    assert.equal((await nextRun(target)).lines, 40);
    pod.say(41, 60);
    // One by hand lies between two of the schedule's.
    assert.equal((await env.collect(target)).lines, 20);
    pod.say(61, 65);
    assert.equal((await nextRun(target)).lines, 5);
    assert.deepEqual(numbersOf(env.bundles(target), pod.name), range(1, 65));

    const paused = await own('pause', '--note', 'the archive is moved');
    assert.equal(paused.code, 0, paused.err);
    assert.equal((await described()).state.paused, true);
    assert.match((await described()).state.note ?? '', /^the archive is moved \(claimed by /);
    assert.equal((await own('schedule', '--every', '1h')).code, 0);
    assert.equal((await described()).state.paused, true, 'a change of interval is no resume');
    assert.equal((await own('resume')).code, 0);
    assert.equal((await described()).state.paused, false);
    assert.match(
      (await own('remove')).out,
      /^schedule removed: .*\. The bundles stay in the archive\.\n$/,
    );
    await assert.rejects(described(), /not found/i);
    assert.equal((await own('remove')).code, 2);
    assert.equal(env.bundles(target).length, 3);
  });

  test('schedules of health checks and of log collections are listed, each by its feature', async () => {
    const pod = await openStage(env, 5);
    const settings = env.of(pod);
    const target = await env.serveLogs(settings);
    const own = async (...args: readonly string[]) => {
      const { code, out, err } = await purser(target, settings, ...args);
      assert.deepEqual([code, err], [0, '']);
      return out;
    };
    const listed = async (feature: string) => {
      const out = await own(feature, 'schedule', 'list');
      return out.split('\n').find((line) => line.startsWith(`${target} `)) ?? '';
    };
    try {
      for (const [feature, every] of [
        ['health', '6h'],
        ['logs', '12h'],
      ] as const) {
        const created = await own(feature, 'schedule', '--every', every);
        assert.ok(created.startsWith('schedule created: '), created);
        const paused = await own(feature, 'schedule', 'pause', '--note', `no ${feature} today`);
        assert.ok(paused.startsWith('schedule paused: '), paused);
      }
      // The list is Temporal's search, which knows a schedule some moments later.
      await eventually('both schedules in their lists', async () =>
        Promise.all([listed('health'), listed('logs')]).then((lines) =>
          lines.every((line) => line !== ''),
        ),
      );
      assert.match(await listed('health'), /^\S+ +6h +paused: no health today \(claimed by .*\) +/);
      assert.match(await listed('logs'), /^\S+ +12h +paused: no logs today \(claimed by .*\) +/);
      for (const feature of ['health', 'logs']) {
        const json: unknown = JSON.parse(await own(feature, 'schedule', 'list', '-o', 'json'));
        assert.ok(Array.isArray(json));
        const found = json.filter((each) => each.target === target);
        assert.deepEqual(
          found.map(({ schedule }) => [schedule.everyMs, schedule.isPaused, schedule.running]),
          [[(feature === 'health' ? 6 : 12) * 3_600_000, true, 0]],
        );
        await own(feature, 'schedule', 'resume');
      }
    } finally {
      for (const id of [healthId(target), logsId(target)]) {
        await env.client.schedule
          .getHandle(id)
          .delete()
          .catch(() => {});
      }
    }
  });

  test('a collection ends with 0, with 3 where something could not be read, and with 1 where nothing could', async () => {
    const pod = await openStage(env, 2);
    const settings = env.of(pod);
    const target = await env.serveLogs(settings);
    pod.say(1, 30);
    const all = await logs(target, settings, 'collect', '--since', '2h', '--reason', 'to try it');
    assert.equal(all.code, 0, all.err);
    assert.match(all.out, /\nsealed {2}\S+: 30 lines, 1\.\d KiB, kept as \d+ B\n/);
    assert.match(all.out, new RegExp(`\n {2}bundle {4}${env.archive}/logs/${target}/`));
    assert.equal(env.bundles(target)[0]?.manifest.reason, 'to try it');

    pod.say(31, 32);
    const json = await logs(target, settings, 'collect', '--output', 'json');
    assert.equal(json.code, 0, json.err);
    assert.equal(JSON.parse(json.out).lines, 2);

    const closed = await openStage(env, 4);
    closed.say(1, 10);
    await closeLog(env, closed.name, [pod.name]);
    try {
      const both = env.of(pod, closed);
      const unread = await logs(await env.serveLogs(both), both, 'collect');
      assert.equal(unread.code, 3, unread.out + unread.err);
      assert.match(unread.out, /1 source could not be read; the next collection tries again/);
      const only = env.of(closed);
      const nothing = await logs(await env.serveLogs(only), only, 'collect');
      assert.equal(nothing.code, 1, nothing.out);
      assert.match(nothing.err, /^purser: Forbidden: .*could be read, so nothing was sealed/m);
      assert.doesNotMatch(nothing.err, /\n {4}at /);
    } finally {
      await openLogs(env, closed.name);
    }
  });

  test('a collection without waiting prints its id; one that is under way is named', async () => {
    const pod = await openStage(env, 3);
    const settings = env.of(pod);
    const target = await env.serveLogs(settings);
    const until = new Date(Date.now() + 600_000).toISOString();
    const handle = await env.client.workflow.start<typeof collectLogs>('collectLogs', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: logsId(target),
      args: [{ target, until }],
    });
    const again = await logs(target, settings, 'collect', '--no-wait');
    assert.equal(again.code, 1);
    assert.match(again.err, new RegExp(`${logsId(target)} is running already`));
    await handle.terminate('the story is told');
    const { code, out } = await logs(target, settings, 'collect', '--no-wait');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^${logsId(target)}\n`));
    await env.client.workflow.getHandle(logsId(target)).result();
  });
});
