import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOfVerdict, formatHealth } from '../../src/cli/health/display/health.ts';
import { formatSchedules } from '../../src/cli/display/schedules.ts';
import { healthRow, healthSchedule } from '../../src/cli/health/schedule.ts';
import type { CheckState, HealthState } from '../../src/health/model/state.ts';
import type { HealthReport } from '../../src/temporal/health.ts';
import type { TargetSchedule } from '../../src/temporal/schedules.ts';

const NOW = new Date('2026-11-24T12:00:00.000Z');
function ago(seconds: number) {
  return new Date(NOW.getTime() - seconds * 1_000).toISOString();
}

const schedule: TargetSchedule = {
  target: 'prod',
  everyMs: 60_000,
  isPaused: false,
  note: undefined,
  next: new Date('2026-11-24T12:00:40.000Z'),
  lastStarted: new Date(ago(20)),
  running: 0,
};
const well: CheckState = {
  verdict: 'healthy',
  since: ago(7_200),
  found: 'healthy',
  ms: 420,
  level: 'healthy',
  recent: 'hhh',
  streakSince: ago(7_200),
  lastGood: ago(20),
  findings: [],
};
const down: CheckState = {
  ...well,
  verdict: 'unhealthy',
  since: ago(600),
  found: 'unhealthy',
  streakSince: ago(720),
  lastGood: ago(780),
  findings: [
    {
      severity: 'error',
      cause: 'storage',
      text: 'a push is answered 500',
      advice: 'look at the storage of the registry',
    },
  ],
};
const { lastGood: _, ...neverGood } = down;
const state: HealthState = {
  target: 'prod',
  at: ago(20),
  everyMs: 60_000,
  verdict: 'unhealthy',
  since: ago(600),
  checks: { pods: well, 'write-path': down, probe: well },
};
const report: HealthReport = { target: 'prod', schedule, state, isLate: false };
function status(given: Partial<HealthReport>) {
  return formatHealth({ ...report, ...given }, NOW);
}
function list(given: Partial<HealthReport>) {
  return formatSchedules([healthRow({ ...report, ...given }, NOW)], healthSchedule.headings, NOW);
}

test('the status says verdict, since when, each check, what was found, and what comes next', () => {
  assert.equal(
    status({}),
    [
      'prod  unhealthy  since 2026-11-24 11:50:00 UTC (10m)',
      '  ✔ pods        healthy    420 ms',
      '  ✘ write-path  unhealthy  420 ms  for 10m, last good 13m ago',
      '      storage: a push is answered 500',
      '      → look at the storage of the registry',
      '  last run 20s ago; every 1m, next at 2026-11-24 12:00:40 UTC',
    ].join('\n'),
  );
});

const CHECKS: readonly (readonly [string, HealthState, RegExp])[] = [
  [
    'a check that comes and goes is named as one',
    { ...state, checks: { 'write-path': { ...down, isFlapping: true } } },
    /for 10m, last good 13m ago, comes and goes\n/,
  ],
  [
    'a check that was never well says so',
    { ...state, checks: { 'write-path': neverGood } },
    /for 10m, never good\n/,
  ],
  [
    'one failure that is not judged yet is named beside the verdict',
    { ...state, checks: { pods: { ...well, found: 'degraded' } } },
    /✔ pods +healthy +420 ms +the last run found it degraded\n/,
  ],
  [
    'who cannot look says that it is no outage',
    {
      ...state,
      checks: { probe: { ...well, verdict: 'unknown', level: 'degraded', since: ago(60) } },
    },
    /\? Purser could not check everything for 1m: that is no outage of the registry\n/,
  ],
  [
    'a maintenance is named',
    { ...state, maintenance: 'an upgrade' },
    /alerts are held back: an upgrade\n/,
  ],
  [
    'runs that did not happen are named',
    { ...state, missedSince: '2026-11-24T11:00:00.000Z' },
    /before this run there was none since 2026-11-24 11:00:00 UTC\n/,
  ],
];
for (const [name, given, words] of CHECKS) {
  test(`in the status ${name}`, () => assert.match(status({ state: given }), words));
}

/** What is said of a schedule: in the status, and in the list. */
const SCHEDULES: readonly (readonly [string, Partial<HealthReport>, RegExp, RegExp])[] = [
  [
    'that runs in time',
    {},
    /every 1m, next at 2026-11-24 12:00:40 UTC$/,
    /^prod +1m +active +unhealthy +10m +20s ago +2026-11-24T12:00:40Z$/m,
  ],
  [
    'that runs late',
    { isLate: true },
    /\n {2}no run has ended in time: is `purser worker` running\? `purser doctor` says$/,
    /^prod +1m +LATE +unhealthy/m,
  ],
  [
    'that is paused',
    { schedule: { ...schedule, isPaused: true, note: 'moving the storage', next: undefined } },
    /every 1m, paused: moving the storage$/,
    /^prod +1m +paused: moving the storage +unhealthy +10m +20s ago$/m,
  ],
  [
    'that is paused, and nobody said why',
    { schedule: { ...schedule, isPaused: true, next: undefined } },
    /paused: no reason given$/,
    /paused: no reason given/,
  ],
  [
    'that has not run yet',
    { state: undefined },
    /^prod {2}no run yet\n {2}every 1m, next at/,
    /^prod +1m +active +no run yet +2026-11-24T12:00:40Z$/m,
  ],
  [
    'that is none',
    { schedule: undefined },
    /last run 20s ago; not scheduled: `purser health schedule` runs the checks every minute$/,
    /^prod +removed +unhealthy/m,
  ],
];
for (const [name, given, inStatus, inList] of SCHEDULES) {
  test(`a schedule ${name} is shown as that`, () => {
    assert.match(status(given), inStatus);
    assert.match(list(given).replaceAll(/ +$/gm, ''), inList);
  });
}

test('the exit code is 0 only for what is well', () => {
  const codes = (['healthy', 'unhealthy', 'degraded', 'unknown'] as const).map(codeOfVerdict);
  assert.deepEqual(codes, [0, 1, 3, 3]);
});
