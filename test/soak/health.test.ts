import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { STATE_BYTES } from '../../src/health/model/state.ts';
import { checkHealthNow } from '../../src/temporal/health.ts';
import { HEALTH_CHECKS, setSchedule } from '../../src/temporal/schedules.ts';
import { healthId } from '../../workflows/contract.ts';
import { goApart } from '../acceptance/support/namespace.ts';
import type { Apart } from '../acceptance/support/namespace.ts';
import { historyOf, untilHistory, untilIdle } from '../acceptance/support/schedule.ts';
import { openEnvironment } from '../acceptance/support/environment.ts';
import type { Environment } from '../acceptance/support/environment.ts';

const EVERY_MS = 2_000;
const RUNS = 300;
// Further apart than the period that the detection of flapping covers: closer ones do not count as single
// failures.
const A_FAULT_EVERY = 30;
const A_RESTART_EVERY = 45;
// Ten minutes on an idle machine.
const DEADLINE_MS = 35 * 60_000;

describe(`${RUNS} runs of the checks, as they are, on a schedule of ${EVERY_MS / 1_000} s`, () => {
  let env: Environment;
  let apart: Apart;
  let folder: string;
  let stop: () => Promise<void>;
  const target = 'sandbox';
  const schedule = () => apart.client.schedule.getHandle(healthId(target));
  const runs = async () => (await historyOf(folder, target)).length;

  before(async () => {
    env = await openEnvironment();
    folder = mkdtempSync(path.join(os.tmpdir(), 'purser-soak-'));
    const health = { probe: { retryAfterSeconds: 0 } };
    apart = await goApart(env, { archive: { folder }, health });
    stop = await apart.work(['workflows', 'steps']);
  });
  after(async () => {
    await schedule()
      .delete()
      .catch(() => {});
    await env.fault({});
    await stop();
    await env.close();
  });

  /** Only one run fails: no other can begin before the fault is removed. */
  const failOnce = async () => {
    await schedule().pause();
    await untilIdle(apart.client, target);
    await env.fault({ uploadStatus: 500 });
    const state = await checkHealthNow(apart.client, target, new AbortController().signal);
    assert.equal(state.checks['write-path']?.found, 'unhealthy', 'the fault must be seen');
    await env.fault({});
    await schedule().unpause();
  };

  test('single failures and restarts of the worker are not one alert', async () => {
    await setSchedule(apart.client, HEALTH_CHECKS, { target, everyMs: EVERY_MS });
    let failures = 0;
    let restarts = 0;
    for (let done = 0; done < RUNS; done = await runs()) {
      if (done >= (failures + 1) * A_FAULT_EVERY) {
        await failOnce();
        failures += 1;
      }
      if (done >= (restarts + 1) * A_RESTART_EVERY) {
        await stop();
        stop = await apart.work(['workflows', 'steps']);
        restarts += 1;
      }
      await untilHistory(folder, target, ({ length }) => length > done, DEADLINE_MS);
    }
    const lines = await historyOf(folder, target);
    const found = lines.filter(({ state }) => state.checks['write-path']?.found === 'unhealthy');
    assert.ok(failures >= 9 && found.length >= failures, `${failures}, found ${found.length}`);
    assert.ok(restarts >= 6, `${restarts} restarts`);
    assert.deepEqual(
      lines.flatMap(({ told }) => told),
      [],
    );
    const telling = await apart.client.workflow.count("WorkflowType = 'notify'");
    assert.equal(telling.count, 0);
    assert.equal(new Set(lines.map(({ state }) => state.since)).size, 1);
    const sizes = lines.map(({ state }) => Buffer.byteLength(JSON.stringify(state)));
    assert.ok(Math.max(...sizes) <= STATE_BYTES);
  });
});
