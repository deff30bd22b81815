import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs, durationSchema, formatDuration } from '../../src/domain/duration.ts';

const GOOD = [
  ['1s', 1_000],
  ['45s', 45_000],
  ['90m', 5_400_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['4w', 2_419_200_000],
  ['1d12h', 129_600_000],
] as const;

for (const [text, ms] of GOOD) {
  test(`${text} is ${ms} ms`, () => {
    assert.ok(durationSchema.safeParse(text).success);
    assert.equal(durationMs(text), ms);
  });
}

for (const text of ['', '7', 'd', '-1d', '1.5h', '7 d', '1y', '1d12', '1234567890s']) {
  test(`${JSON.stringify(text)} is not a duration`, () => {
    assert.equal(durationSchema.safeParse(text).success, false);
    assert.throws(() => durationMs(text), RangeError);
  });
}

test('nothing is no duration to wait for', () => {
  assert.equal(durationSchema.safeParse('0d').success, false);
});

const SHOWN = [
  [-1, '0s'],
  [0, '0s'],
  [400, '0s'],
  [1_000, '1s'],
  [60_000, '1m'],
  [61_000, '1m1s'],
  [3_600_000, '1h'],
  [3_605_000, '1h'],
  [5_400_000, '1h30m'],
  [86_399_600, '1d'],
  [604_800_000, '7d'],
  [693_000_000, '8d'],
  [698_400_000, '8d2h'],
] as const;

for (const [ms, text] of SHOWN) {
  test(`${ms} ms is shown as ${text}`, () => assert.equal(formatDuration(ms), text));
}
