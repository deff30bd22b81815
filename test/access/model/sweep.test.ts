import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createSweepTally,
  sweepRequestSchema,
  describeSweep,
} from '../../../src/access/model/sweep.ts';

test('the result of a sweep of eight thousand bindings is small enough for Temporal', () => {
  const tally = createSweepTally('binding');
  for (let number = 0; number < 8_000; number += 1) {
    tally.see();
    tally.report({
      what: `RoleBinding team-${number}/${'x'.repeat(2_000)}`,
      why: 'y'.repeat(9_000),
    });
    tally.cannotLook('z'.repeat(9_000));
  }
  const part = tally.part();
  assert.deepEqual(
    [part.seen, part.reported.count, part.reported.first.length],
    [8_000, 8_000, 50],
  );
  assert.ok(JSON.stringify([part, part, part, part]).length < 1_000_000);
});

test('a sweep reports what it removed, what an administrator has to check, and what it could not list', () => {
  const tally = createSweepTally('secret');
  tally.see();
  tally.see();
  tally.remove({ what: 'Secret team-a/x', why: 'its run has ended' });
  tally.report({ what: 'Secret team-a/y', why: 'nobody knows its run' });
  tally.cannotLook('the Secrets of team-b: 403');
  assert.deepEqual(describeSweep({ parts: [tally.part()] }), [
    'Secrets of proofs: 2 of this installation, 1 removed, 1 to be looked at',
    '- removed Secret team-a/x: its run has ended',
    '- look at Secret team-a/y: nobody knows its run',
    '- not looked at: the Secrets of team-b: 403',
  ]);
});

test('a request for a sweep names a target, and nothing else', () => {
  assert.equal(sweepRequestSchema.safeParse({ target: 'prod' }).success, true);
  assert.equal(sweepRequestSchema.safeParse({ target: 'Prod!' }).success, false);
  assert.equal(sweepRequestSchema.safeParse({ target: 'prod', more: 1 }).success, false);
});
