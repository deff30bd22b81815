import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleName, timeOfBundle } from '../../src/logs/collect/name.ts';
import { chooseExpired } from '../../src/logs/collect/retention.ts';

const bundles = [1, 2, 3, 4].map((day) => ({ bundle: `b${day}`, sealedAt: day, bytes: 10 }));
const KEEP = { ageMs: 100, bundles: 100, bytes: 1_000 };

const CASES = [
  ['nothing has outlived anything', KEEP, 4, [], 0],
  ['a quarter of what is too old goes', { ...KEEP, ageMs: 1 }, 4, ['b1'], 1],
  ['what is too many goes, the oldest first', { ...KEEP, bundles: 3 }, 4, ['b1'], 0],
  ['what is too much goes', { ...KEEP, bytes: 25 }, 4, ['b1', 'b2'], 0],
  [
    'what is too much goes, and of what is too old no more',
    { ...KEEP, bytes: 25, ageMs: 0 },
    4,
    ['b1', 'b2'],
    1,
  ],
  ['the last one stays, however large', { ...KEEP, bytes: 1 }, 4, ['b1', 'b2', 'b3'], 0],
  [
    'the last one stays, however old, and most of the others',
    { ...KEEP, ageMs: 1 },
    1_000,
    ['b1'],
    2,
  ],
] as const;

for (const [name, keep, now, going, held] of CASES) {
  test(`of the bundles, ${name}`, () =>
    assert.deepEqual(chooseExpired(bundles, keep, now), { going, held }));
}

test('a clock that jumps ahead for a year does not cost the archive more than a quarter at once', () => {
  const month = Array.from({ length: 400 }, (_, hour) => ({
    bundle: `b${hour}`,
    sealedAt: hour,
    bytes: 1,
  }));
  const keep = { ageMs: 400, bundles: 5_000, bytes: 1e9 };
  assert.deepEqual(chooseExpired(month, keep, 400), { going: [], held: 0 });
  const { going, held } = chooseExpired(month, keep, 400 + 8_760);
  assert.deepEqual([going.length, going.at(-1), held], [100, 'b99', 299]);
});

test('names of bundles sort in the order of their making, also if a clock was set back', () => {
  const now = Date.parse('2026-11-23T10:58:14.437Z');
  const first = bundleName(now, '0190-abcd-ef012345', undefined);
  assert.equal(first, '20261123T105814.437Z-ef012345');
  assert.equal(timeOfBundle(first), now);
  const second = bundleName(now - 60_000, '0190-abcd-00000000', first);
  assert.ok(second > first, second);
});
