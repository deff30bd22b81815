import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthSchema } from '../../src/config/health.ts';
import { DEFAULT_HEALTH_POLICY } from '../../src/health/model/policy.ts';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../../src/health/model/probe.ts';
import { explain } from '../../src/domain/request.ts';

test('without a word about health the documented defaults hold', () => {
  assert.deepEqual(healthSchema.parse(undefined), {
    ...DEFAULT_HEALTH_POLICY,
    probe: DEFAULT_PROBE,
    rules: DEFAULT_RULES,
  });
});

const weekly = { days: ['sat'], from: '22:00', to: '02:00', timeZone: 'Europe/Vienna' };
const once = { from: '2026-12-01T20:00:00Z', to: '2026-12-01T23:00:00+01:00' };

/** What is wrong, and what is said of it. */
const WRONG: readonly (readonly [object, RegExp])[] = [
  [{ failuresToGoDown: 0 }, /failuresToGoDown: .*>=1/],
  [{ checks: { nothing: {} } }, /checks.*nothing/],
  [{ flapping: { calm: 50 } }, /flapping\.calm: must not be more than runs/],
  [{ remindEveryHours: -1 }, /remindEveryHours/],
  [
    { maintenance: [{ ...once, to: once.from }] },
    /maintenance\[0\]\.to: .* must be later than from/,
  ],
  [{ maintenance: [{ ...once, to: 'tomorrow' }] }, /maintenance\[0\]\.to: .* write an instant/],
  [{ maintenance: [{ weekly: { ...weekly, from: '1:00' } }] }, /from: .* write 'HH:MM'/],
  [{ maintenance: [{ weekly: { ...weekly, to: '22:00' } }] }, /to: .* must differ from from/],
  [{ maintenance: [{ weekly: { ...weekly, timeZone: 'Mars/X' } }] }, /timeZone: "Mars\/X" write a/],
  [{ maintenance: [{ reason: 'x' }] }, /maintenance\[0\]: write \{from: INSTANT/],
];

for (const [given, expected] of WRONG) {
  test(`is refused, and named: ${JSON.stringify(given)}`, () => {
    const { error } = healthSchema.safeParse(given);
    assert.ok(error);
    assert.match(explain(error.issues, given).join('; '), expected);
  });
}

test('windows are once or weekly, for all targets unless some are named', () => {
  const { maintenance } = healthSchema.parse({ maintenance: [once, { weekly, targets: ['a'] }] });
  assert.deepEqual(maintenance, [
    { ...once, targets: ['*'], reason: 'maintenance' },
    { weekly, targets: ['a'], reason: 'maintenance' },
  ]);
});
