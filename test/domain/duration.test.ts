import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  durationMs,
  durationSchema,
  formatDuration,
  formatMs,
  formatRoughly,
} from '../../src/domain/duration.ts';

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

const IN_ONE_UNIT = [
  [-1, '0s'],
  [59_000, '59s'],
  [61_000, '1m'],
  [5_400_000, '1h'],
  [172_799_000, '1d'],
  [693_000_000, '8d'],
] as const;

for (const [ms, text] of IN_ONE_UNIT) {
  test(`${ms} ms in one unit is ${text}`, () => assert.equal(formatDuration(ms, 1), text));
}

const TAKEN = [
  [0, '0 ms'],
  [0.4, '0 ms'],
  [87.4, '87 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1_400, '1.4 s'],
  [59_940, '59.9 s'],
  [59_970, '1 min 0 s'],
  [60_000, '1 min 0 s'],
  [119_600, '2 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_600_000, '60 min 0 s'],
  [3_600_400, '60 min 0 s'],
  [3_660_000, '1h1m'],
  [93_600_000, '1d2h'],
  [266_400_000, '3d2h'],
] as const;

for (const [ms, text] of TAKEN) {
  test(`${ms} ms that something took are shown as ${text}`, () => assert.equal(formatMs(ms), text));
}

const ROUGHLY = [
  [-1, '0 s'],
  [40_400, '40 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [5_400_000, '90 min'],
  [18_000_000, '5 h'],
  [172_800_000, '2 d'],
] as const;

for (const [ms, text] of ROUGHLY) {
  test(`${ms} ms is roughly ${text}`, () => assert.equal(formatRoughly(ms), text));
}
