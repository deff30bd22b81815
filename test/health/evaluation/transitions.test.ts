import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRuns, MINUTE, result, START, tell } from './runs.ts';

const w = 'write-path';

/** What the runs found, and what was told at which of them. */
const TABLE: readonly (readonly [string, string, readonly string[]])[] = [
  ['a registry that is well is no news', 'hhhhhhhh', []],
  ['one failure alone is not told', 'hhhuhhhhhhh', []],
  ['nor are two in a row', 'hhhuuhhhhhhh', []],
  ['nor is one that was confirmed by trying again', 'hhhUhhhhhhh', []],
  ['three in a row are', 'hhhuuu', [`5:${w} firing critical`]],
  ['a confirmed one and one more are', 'hhhUu', [`4:${w} firing critical`]],
  ['an outage is told once, however long', 'hhhuuuuuuuuuuuuu', [`5:${w} firing critical`]],
  ['one success does not end it', 'hhhuuuhuuuuuuuu', [`5:${w} firing critical`]],
  ['two do', 'hhhuuuuhh', [`5:${w} firing critical`, `8:${w} resolved critical`]],
  ['slow answers are a warning', 'hddd', [`3:${w} firing warning`]],
  [
    'worse than before is told, and the way up, too',
    'hddduuuddhh',
    [
      `3:${w} firing warning`,
      `6:${w} firing critical`,
      `8:${w} firing warning`,
      `10:${w} resolved warning`,
    ],
  ],
  ['a mixed row is as bad as its best', 'hudu', [`3:${w} firing warning`]],
  ['ill from the first run on: told when enough have agreed', 'uuuu', [`2:${w} firing critical`]],
  ['ill in the first run only: not told', 'uhhhh', []],
  ['to look in vain breaks no row of failures', 'hu?u?u', [`5:${w} firing critical`]],
  ['and no row of successes', 'huuuh?h', [`3:${w} firing critical`, `6:${w} resolved critical`]],
  ['now and then in vain is not told', 'hh?hh??hhh', []],
  [
    'long in vain is told of the probe, not of the registry',
    'hh???????hh',
    ['4:probe firing warning', '10:probe resolved warning'],
  ],
  [
    'an outage stays one while nobody can look',
    'huuu?????hh',
    [
      `3:${w} firing critical`,
      '6:probe firing warning',
      `10:${w} resolved critical`,
      '10:probe resolved warning',
    ],
  ],
];

for (const [what, letters, expected] of TABLE) {
  test(`${what} (${letters})`, () => assert.deepEqual(tell(letters), expected));
}

test('how many must agree can be set, for all checks and for one', () => {
  assert.deepEqual(tell('huuh', { failuresToGoDown: 2, successesToComeBack: 1 }), [
    '2:write-path firing critical',
    '3:write-path resolved critical',
  ]);
  assert.deepEqual(tell('hu', { checks: { 'write-path': { failuresToGoDown: 1 } } }), [
    '1:write-path firing critical',
  ]);
  assert.deepEqual(tell('huu', { checks: { pods: { failuresToGoDown: 1 } } }), []);
});

test('each check is judged for itself, and the target is as ill as the worst', () => {
  const runs = createRuns();
  for (const verdict of ['healthy', 'unhealthy', 'unhealthy', 'unhealthy'] as const) {
    runs.run([result('pods', 'healthy'), result('write-path', verdict)]);
  }
  const { verdict, since, checks } = runs.state();
  assert.equal(verdict, 'unhealthy');
  assert.equal(since, new Date(START + MINUTE).toISOString());
  assert.equal(checks.pods?.verdict, 'healthy');
  assert.equal(checks['write-path']?.verdict, 'unhealthy');
});

test('a verdict holds since the first run of the row that moved it', () => {
  const runs = createRuns();
  for (const verdict of ['healthy', 'unhealthy', 'unhealthy', 'unhealthy'] as const) {
    runs.run([result('write-path', verdict)]);
  }
  const down = runs.state().checks['write-path'];
  assert.equal(down?.since, new Date(START + MINUTE).toISOString());
  assert.equal(down?.lastGood, new Date(START).toISOString());
  runs.run([result('write-path', 'healthy')]);
  runs.run([result('write-path', 'healthy')]);
  const up = runs.state().checks['write-path'];
  assert.equal(up?.verdict, 'healthy');
  assert.equal(up?.since, new Date(START + 4 * MINUTE).toISOString());
});

test('an alert says what was found, since when, what was last good, and what to do', () => {
  const runs = createRuns();
  runs.run([result('write-path', 'healthy')]);
  const told = [1, 2, 3].flatMap(() => runs.run([result('write-path', 'unhealthy')]).alerts);
  assert.equal(told.length, 1);
  const [alert] = told;
  assert.deepEqual(
    { ...alert, id: undefined, run: undefined, logs: undefined },
    {
      id: undefined,
      run: undefined,
      logs: undefined,
      target: 'prod',
      check: 'write-path',
      state: 'firing',
      severity: 'critical',
      worst: 'critical',
      cause: 'storage',
      summary: 'write-path is unhealthy',
      at: new Date(START + 3 * MINUTE).toISOString(),
      since: new Date(START + MINUTE).toISOString(),
      lastGood: new Date(START).toISOString(),
      evidence: ['write-path is unhealthy'],
      advice: 'look',
    },
  );
});

test('all messages of one outage carry the time at which it began', () => {
  const runs = createRuns({ remindEveryHours: 1 / 6 });
  const letters = ['healthy', ...Array.from({ length: 15 }, () => 'unhealthy' as const)] as const;
  const told = [...letters, 'healthy' as const, 'healthy' as const].flatMap(
    (verdict) => runs.run([result('write-path', verdict)]).alerts,
  );
  assert.deepEqual(
    told.map(({ state }) => state),
    ['firing', 'reminder', 'resolved'],
  );
  assert.deepEqual(
    [...new Set(told.map(({ since }) => since))],
    [new Date(START + MINUTE).toISOString()],
  );
});

test('it is reminded of as often as is configured, and never with 0', () => {
  const day = 24 * 60;
  const outage = `h${'u'.repeat(day)}`;
  const reminders = (hours: number) =>
    tell(outage, { remindEveryHours: hours }).filter((each) => each.includes('reminder')).length;
  assert.equal(reminders(4), 5);
  assert.equal(reminders(0), 0);
});

test('only what begins to be down asks for logs, and once an outage', () => {
  const runs = createRuns();
  const asked = 'hddduuuuhuu'.split('').map((letter) => {
    const verdict = letter === 'h' ? 'healthy' : letter === 'd' ? 'degraded' : 'unhealthy';
    return runs.run([result('write-path', verdict)]).wentDown.length;
  });
  assert.deepEqual(asked, [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
});

test('while it comes back, what was found stays to be seen', () => {
  const runs = createRuns();
  runs.run([result('write-path', 'healthy')]);
  for (const _ of [1, 2, 3]) runs.run([result('write-path', 'unhealthy')]);
  runs.run([result('write-path', 'healthy')]);
  assert.equal(runs.state().checks['write-path']?.findings[0]?.text, 'write-path is unhealthy');
  runs.run([result('write-path', 'healthy')]);
  assert.deepEqual(runs.state().checks['write-path']?.findings, []);
});

test('a check that is switched off closes what was told of it, and is forgotten', () => {
  const runs = createRuns();
  const both = (verdict: 'healthy' | 'unhealthy') => [
    result('pods', 'healthy'),
    result('write-path', verdict),
  ];
  runs.run(both('healthy'));
  for (const _ of [1, 2, 3]) runs.run(both('unhealthy'));
  const { alerts, state, open } = runs.run([result('pods', 'healthy')]);
  assert.deepEqual(
    alerts.map((alert) => [alert.check, alert.state, alert.summary]),
    [['write-path', 'resolved', 'write-path is no longer checked']],
  );
  assert.equal(state.checks['write-path'], undefined);
  assert.deepEqual(open, []);
});

test('what is open is said again in every run, for those who forget', () => {
  const runs = createRuns();
  runs.run([result('write-path', 'healthy')]);
  const open = [1, 2, 3, 4, 5].map(() => runs.run([result('write-path', 'unhealthy')]).open);
  assert.deepEqual(
    open.map((alerts) => alerts.map(({ state }) => state)),
    [[], [], ['firing'], ['firing'], ['firing']],
  );
});

test('checks that cannot be run at all are unknown, keep what they know, and are one alert', () => {
  const runs = createRuns();
  const failure = {
    severity: 'unknown',
    cause: 'probe',
    text: 'no check could be run: no worker',
  } as const;
  runs.run([result('pods', 'healthy', { memory: { restarts: 3 } }), result('operator', 'healthy')]);
  const told = [1, 2, 3, 4].flatMap(() => runs.run([], { failure }).alerts);
  assert.deepEqual(
    told.map(({ check, state, severity, summary }) => [check, state, severity, summary]),
    [['probe', 'firing', 'warning', failure.text]],
  );
  const { verdict, checks } = runs.state();
  assert.equal(verdict, 'unknown');
  assert.deepEqual(checks.pods?.memory, { restarts: 3 });
});

test('a first run that cannot look knows nothing', () => {
  const failure = { severity: 'unknown', cause: 'probe', text: 'no worker' } as const;
  assert.equal(createRuns().run([], { failure }).state.verdict, 'unknown');
  assert.equal(createRuns().run([result('pods', 'unknown')]).state.verdict, 'unknown');
});

test('a run says that others before it did not happen', () => {
  const runs = createRuns();
  runs.run([result('pods', 'healthy')], { at: START });
  assert.equal(
    runs.run([result('pods', 'healthy')], { at: START + 2 * MINUTE }).state.missedSince,
    undefined,
  );
  const { state } = runs.run([result('pods', 'healthy')], { at: START + 12 * MINUTE });
  assert.equal(state.missedSince, new Date(START + 2 * MINUTE).toISOString());
});
