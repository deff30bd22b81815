import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaintenanceWindow } from '../../../src/health/model/policy.ts';
import { maintenanceOf } from '../../../src/health/evaluation/maintenance.ts';
import { createRuns, MINUTE, result, START } from './runs.ts';

const all = { targets: ['*'], reason: 'upgrade' };
const once: MaintenanceWindow = {
  ...all,
  from: '2026-12-01T20:00:00Z',
  to: '2026-12-01T23:00:00+01:00',
};
const nightly: MaintenanceWindow = {
  ...all,
  weekly: { days: ['sat'], from: '22:00', to: '02:00', timeZone: 'Europe/Vienna' },
};
const daily: MaintenanceWindow = {
  ...all,
  weekly: { days: ['mon', 'tue'], from: '03:00', to: '04:00', timeZone: 'America/New_York' },
};

/** A window, an instant, and whether it is within. */
const TABLE: readonly (readonly [string, MaintenanceWindow, string, boolean])[] = [
  ['before it', once, '2026-12-01T19:59:59Z', false],
  ['as it begins', once, '2026-12-01T20:00:00Z', true],
  ['in it', once, '2026-12-01T21:59:59Z', true],
  ['as it ends, by its own offset', once, '2026-12-01T22:00:00Z', false],
  ['the evening, in winter time', nightly, '2026-11-28T21:00:00Z', true],
  ['an hour before', nightly, '2026-11-28T20:59:00Z', false],
  ['the night after', nightly, '2026-11-29T00:59:00Z', true],
  ['its end', nightly, '2026-11-29T01:00:00Z', false],
  ['the night before', nightly, '2026-11-28T00:30:00Z', false],
  ['the evening after', nightly, '2026-11-29T22:30:00Z', false],
  ['the same hours by the clock, in summer time', nightly, '2026-07-04T20:00:00Z', true],
  ['an hour before, in summer time', nightly, '2026-07-04T19:59:00Z', false],
  ['another continent', daily, '2026-11-24T08:30:00Z', true],
  ['its day, not ours', daily, '2026-11-25T08:30:00Z', false],
];

for (const [what, window, at, expected] of TABLE) {
  test(`a window holds or does not: ${what} (${at})`, () => {
    const reason = maintenanceOf([window], 'prod', new Date(at));
    assert.equal(reason, expected ? 'upgrade' : undefined);
  });
}

test('a window is for the targets that it names', () => {
  const of = (targets: readonly string[], target: string) =>
    maintenanceOf([{ ...once, targets }], target, new Date('2026-12-01T21:00:00Z'));
  assert.equal(of(['prod-*'], 'prod-east'), 'upgrade');
  assert.equal(of(['prod-*'], 'test'), undefined);
  assert.equal(of(['test', 'prod'], 'prod'), 'upgrade');
  assert.equal(of(['p.od'], 'prod'), undefined);
});

function timeAt(minutes: number) {
  return new Date(START + minutes * MINUTE).toISOString();
}
const window = { ...all, from: timeAt(2), to: timeAt(20) };

test('what begins and ends in a maintenance is told to nobody, and is no flapping later', () => {
  const runs = createRuns({ maintenance: [window] });
  const told = Array.from({ length: 40 }, (_, minute) => {
    const isDown = minute > 4 && minute < 17 && minute % 5 !== 0;
    return runs.run([result('write-path', isDown ? 'unhealthy' : 'healthy')]).alerts;
  });
  assert.deepEqual(told.flat(), []);
});

test('the checks go on, and what is still down when it ends is told then', () => {
  const runs = createRuns({ maintenance: [window] });
  const told = Array.from({ length: 25 }, (_, minute) => {
    const { alerts, state } = runs.run([
      result('write-path', minute < 5 ? 'healthy' : 'unhealthy'),
    ]);
    if (minute === 10) {
      assert.equal(state.maintenance, 'upgrade');
      assert.equal(state.verdict, 'unhealthy');
    }
    return alerts.map((alert) => `${minute}:${alert.state} since ${alert.since}`);
  });
  assert.deepEqual(told.flat(), [`20:firing since ${timeAt(5)}`]);
});

test('what was told before it is closed after it', () => {
  const runs = createRuns({ maintenance: [{ ...all, from: timeAt(6), to: timeAt(20) }] });
  const told = Array.from({ length: 25 }, (_, minute) => {
    const isDown = minute > 0 && minute < 10;
    return runs
      .run([result('write-path', isDown ? 'unhealthy' : 'healthy')])
      .alerts.map(({ state }) => `${minute}:${state}`);
  });
  assert.deepEqual(told.flat(), ['3:firing', '20:resolved']);
});
