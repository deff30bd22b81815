import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { missesRuns } from '../../src/health/model/late.ts';
import { reportOn } from '../../src/temporal/health.ts';
import { HEALTH_CHECKS, setSchedule } from '../../src/temporal/schedules.ts';
import { manualHealthId, healthId } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { fresh } from './support/fixtures.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { untilHistory } from './support/schedule.ts';
import { standIn } from './support/stand-in.ts';
import type { StandIn } from './support/stand-in.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const EVERY_MS = 2_000;
// The shortest time after which a run is missing is 35 s (src/health/model/late.ts).
const LATE_WITHIN_MS = 120_000;
const ENV = { PATH: process.env['PATH'], HOME: os.tmpdir(), NO_COLOR: '1' };

/** A schedule goes on without its worker, and nobody watches: that must not look like all is well. */
describe('scheduled checks whose worker is gone', () => {
  let environment: Environment;
  let apart: Apart;
  let folder: string;
  let config: string;
  let checks: StandIn;
  let stop: (() => Promise<void>) | undefined;
  let lastAt: string;
  const target = fresh('unwatched');
  const other = fresh('by-hand');

  before(async () => {
    environment = await openEnvironment();
    folder = mkdtempSync(path.join(os.tmpdir(), 'purser-gone-'));
    const { sandbox } = environment.config.targets;
    const targets = { [target]: sandbox, [other]: sandbox };
    apart = await goApart(environment, { archive: { folder }, targets });
    config = path.join(folder, 'purser.yaml');
    writeFileSync(config, stringify(apart.config));
    stop = await apart.work(['workflows']);
    checks = await standIn(environment, apart, target);
    await setSchedule(apart.client, HEALTH_CHECKS, { target, everyMs: EVERY_MS });
    await untilHistory(folder, target, ({ length }) => length >= 2);
    await stop();
    stop = undefined;
  });
  after(async () => {
    await apart.client.schedule
      .getHandle(healthId(target))
      .delete()
      .catch(() => {});
    await stop?.();
    await checks.stop();
    await environment.close();
  });

  const start = (...args: readonly string[]) => {
    const all = ['--disable-warning=ExperimentalWarning', MAIN, ...args, '--config', config];
    return spawn(process.execPath, all, { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const purser = async (...args: readonly string[]) => {
    const child = start(...args);
    const closed = codeOf(child);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await closed, out, err };
  };

  test('are late before long', async () => {
    await eventually(
      'that they are late',
      async () => (await reportOn(apart.client, target, { archive: false })).isLate,
      LATE_WITHIN_MS,
    );
    const { state } = await reportOn(apart.client, target, { archive: false });
    assert.ok(state, 'what the last run left is still known');
    assert.equal(state.verdict, 'healthy');
    lastAt = state.at;
  });

  test('are never healthy in the status, whatever the last run found', async () => {
    const { code, out } = await purser('health', 'status', '--target', target);
    assert.equal(code, 3, out);
    assert.match(out, /no run has ended in time: is `purser worker` running\?/);
  });

  test('are LATE in the list', async () => {
    const { out } = await purser('health', 'list');
    assert.match(out, new RegExp(`^${target} +2s +LATE +healthy`, 'm'));
  });

  test('are a red line of the doctor, with the worker to look for', async () => {
    const { code, out } = await purser('doctor', '--target', target);
    assert.equal(code, 1, out);
    const line = `✘ schedule ${target} +every 2s, but the last run was at ${lastAt}: no worker checks ${target}`;
    assert.match(out, new RegExp(line));
    assert.match(out, new RegExp(`→ check that workers of purser and of purser\\.${target}`));
  });

  for (const [of, which] of [
    ['a target with a schedule', target],
    ['one without', other],
  ] as const) {
    test(`a check by hand of ${of} says what it waits for, and can be left alone`, async () => {
      const child = start('health', 'check', '--target', which);
      const closed = codeOf(child);
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
      try {
        await eventually('what it waits for', () => /waits for a worker/.test(err), 60_000);
        assert.match(
          err,
          new RegExp(
            `^purser: health/${which}\\S* waits for a worker that runs the workflows`,
            'm',
          ),
        );
        child.kill('SIGINT');
        assert.equal(await closed, 130);
      } finally {
        child.kill('SIGKILL');
      }
      assert.match(err, new RegExp(`the check of ${which} goes on without you; .*health status`));
    });
  }

  test('say once they run again since when there was no run', async () => {
    stop = await apart.work(['workflows']);
    const lines = await untilHistory(folder, target, (all) =>
      all.some(({ state }) => state.missedSince !== undefined),
    );
    const index = lines.findIndex(({ state }) => state.missedSince !== undefined);
    const [last, next] = [lines[index - 1]?.state, lines[index]?.state];
    assert.ok(last !== undefined && next !== undefined);
    assert.equal(next.missedSince, last.at);
    assert.ok(missesRuns(last.at, new Date(next.at), EVERY_MS));
    assert.equal(lines.filter(({ state }) => state.missedSince !== undefined).length, 1);
    await eventually('that they are in time', async () => {
      const { isLate } = await reportOn(apart.client, target, { archive: false });
      return !isLate;
    });
  });

  test('a check of a target that no worker serves says whose worker is missing', async () => {
    const child = start('health', 'check', '--target', other);
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    const closed = codeOf(child);
    try {
      const words = `runHealthChecks of ${manualHealthId(other)} waits for a worker: is \`purser worker\` running for ${other}\\?`;
      await eventually('what it waits for', () => new RegExp(words).test(err), 60_000);
    } finally {
      child.kill('SIGINT');
      await closed;
      await apart.client.workflow.getHandle(manualHealthId(other)).terminate('by a story');
    }
  });
});

async function codeOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  return promise;
}
