import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { readIndex } from '../../../src/logs/audit/index-file.ts';
import { createQueryRun } from '../../../src/logs/audit/query-run.ts';
import { indexOf, NO_REPORTS } from './lines.ts';

const PROOF = 'purser/0.1.0 (proof 915eef72b37d5620)';
const VOUCHED = { ...NO_REPORTS, hasReport: () => true };

/** Files that are none, and what is said of them. */
const BROKEN: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  'not compressed': [Buffer.from('{}'), /./],
  'not JSON': [zstdCompressSync(Buffer.from('no')), /JSON/],
  'of another kind': [zstdCompressSync(Buffer.from('{"version":9}')), /not an index of Purser/],
  'cut off': [indexOf([{}]).subarray(0, 40), /./],
};

for (const [what, [bytes, says]] of Object.entries(BROKEN)) {
  test(`an index that is ${what} is refused`, () => {
    assert.throws(() => readIndex(bytes), says);
  });
}

/** How indexes of earlier versions were, and whether what a report vouches for is folded away in them. */
const EARLIER = [
  [1, ['claims', 'claim', 'requests'], false],
  [2, ['requests'], true],
] as const;
for (const [version, without, isFolded] of EARLIER) {
  test(`an index of version ${version} is read`, () => {
    const now = readIndex(indexOf([{}, { agent: PROOF, reference: 'v2' }]));
    const kept = Object.entries(now).filter(([name]) => !without.some((each) => each === name));
    const before = JSON.stringify({ ...Object.fromEntries(kept), version });
    const queryRun = createQueryRun({ probes: false, each: false }, VOUCHED);
    queryRun.take(readIndex(zstdCompressSync(Buffer.from(before))));
    const [answer, ...others] = queryRun.answers();
    assert.deepEqual(others, []);
    const count = isFolded ? 1 : 2;
    assert.deepEqual(
      [answer?.user, answer?.count, answer?.requests, answer?.claimsPurser],
      ['alice', count, count, false],
    );
    assert.equal(queryRun.probesLeftOut(), 2 - count);
  });
}
