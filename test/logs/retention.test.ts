import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleName, timeOfBundle } from '../../src/logs/collect/name.ts';
import { outlived } from '../../src/logs/collect/retention.ts';

const bundles = [1, 2, 3, 4].map((day) => ({ bundle: `b${day}`, sealedAt: day, bytes: 10 }));
const KEEP = { ageMs: 100, bundles: 100, bytes: 1_000 };

const CASES = [
  ['nothing has outlived anything', KEEP, 4, []],
  ['what is too old goes', { ...KEEP, ageMs: 1 }, 4, ['b1', 'b2']],
  ['what is too many goes, the oldest first', { ...KEEP, bundles: 3 }, 4, ['b1']],
  ['what is too much goes', { ...KEEP, bytes: 25 }, 4, ['b1', 'b2']],
  ['the last one stays, however old', { ...KEEP, ageMs: 1 }, 1_000, ['b1', 'b2', 'b3']],
  ['the last one stays, however large', { ...KEEP, bytes: 1 }, 4, ['b1', 'b2', 'b3']],
] as const;

for (const [name, keep, now, gone] of CASES) {
  test(`of the bundles, ${name}`, () => assert.deepEqual(outlived(bundles, keep, now), gone));
}

test('names of bundles sort as they were made, also where a clock was set back', () => {
  const now = Date.parse('2026-11-23T10:58:14.437Z');
  const first = bundleName(now, '0190-abcd-ef012345', undefined);
  assert.equal(first, '20261123T105814.437Z-ef012345');
  assert.equal(timeOfBundle(first), now);
  const second = bundleName(now - 60_000, '0190-abcd-00000000', first);
  assert.ok(second > first, second);
});
