import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRetryAfter } from '../../src/domain/wire/retry-after.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');

const HEADERS = [
  [undefined, undefined],
  ['', undefined],
  ['0', 0],
  ['1', 1_000],
  [' 7 ', 7_000],
  ['99999999999', 300_000],
  ['9'.repeat(400), 300_000],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['soon', undefined],
  ['2026-11-28', undefined],
  ['Sat, 28 Nov 2026 12:01:00 GMT', 60_000],
  ['Saturday, 28-Nov-26 12:01:00 GMT', 60_000],
  ['Sat Nov 28 12:01:00 2026 GMT', 60_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 300_000],
  ['Sat, 99 Nov 2026 12:01:00 GMT', undefined],
] as const;

for (const [header, ms] of HEADERS) {
  test(`Retry-After ${JSON.stringify(header)?.slice(0, 40) ?? 'left out'} asks for ${ms ?? 'no'} ms`, () => {
    assert.equal(parseRetryAfter(header, { now: NOW }), ms);
  });
}

test("a cap of one's own is kept to, and of several headers the first counts", () => {
  assert.equal(parseRetryAfter('99999', { atMostMs: 2_000 }), 2_000);
  assert.equal(parseRetryAfter(['3', '9']), 3_000);
});
