import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';

const READ: readonly (readonly [string, number | undefined])[] = [
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['5 m', undefined],
  ['-5m', undefined],
  ['1.5h', undefined],
  ['5y', undefined],
];

for (const [text, expected] of READ) {
  test(`"${text}" is ${expected ?? 'no duration'}`, () => {
    assert.equal(parseDuration(text), expected);
  });
}

const SHOWN: readonly (readonly [number, string])[] = [
  [0, '0s'],
  [-5000, '0s'],
  [45_400, '45s'],
  [59_999, '1m'],
  [5_400_000, '1h30m'],
  [604_800_000, '7d'],
  [90_061_000, '1d1h'],
];

for (const [ms, expected] of SHOWN) {
  test(`${ms} ms are shown as ${expected}`, () => assert.equal(formatDuration(ms), expected));
}
