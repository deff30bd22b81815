import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs, durationSchema, formatDuration } from '../../src/domain/duration.ts';

const GOOD = [
  ['1s', 1_000],
  ['45s', 45_000],
  ['90m', 5_400_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
] as const;

for (const [text, ms] of GOOD) {
  test(`${text} is ${ms} ms`, () => {
    assert.ok(durationSchema.safeParse(text).success);
    assert.equal(durationMs(text), ms);
  });
}

for (const text of ['', '7', 'd', '0d', '07d', '-1d', '1.5h', '7 d', '7w', '1d12h', '1234567s']) {
  test(`${JSON.stringify(text)} is not a duration`, () => {
    assert.equal(durationSchema.safeParse(text).success, false);
    assert.throws(() => durationMs(text), RangeError);
  });
}

const SHOWN = [
  [-1, '0 s'],
  [0, '0 s'],
  [400, '0 s'],
  [1_000, '1 s'],
  [60_000, '1 min'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [86_399_600, '1 d'],
  [604_800_000, '7 d'],
  [693_000_000, '8 d'],
  [698_400_000, '8 d 2 h'],
] as const;

for (const [ms, text] of SHOWN) {
  test(`${ms} ms is shown as ${text}`, () => assert.equal(formatDuration(ms), text));
}
