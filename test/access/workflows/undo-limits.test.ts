import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRetryPolicy } from '@temporalio/common';
import { deepMerge } from '@temporalio/common/lib/internal-workflow/objects-helpers.js';
import type { ActivityOptions } from '@temporalio/workflow';
import { STEP } from '../../../workflows/activities.ts';
import { LAST_TRY, limitsOf } from '../../../workflows/access/undo/limits.ts';
import type { Round } from '../../../workflows/access/undo/limits.ts';

const ROUNDS = 12;

// As executeWithOptions does it.
function merged(round: Round) {
  const step: ActivityOptions = STEP;
  return deepMerge(step, round);
}

for (const events of [10, 30_000]) {
  test(`Temporal takes the retry of every round, merged with its activity's, at ${events} events`, () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { retry } = merged(limitsOf(round, () => events));
      const { initialInterval, maximumInterval } = compileRetryPolicy(retry ?? {});
      assert.ok(initialInterval && maximumInterval);
      assert.equal(Number(maximumInterval.seconds), round === 0 ? 10 : 60, `of round ${round}`);
    }
  });
}

test('the last try is one, of less than half a minute', () => {
  const { retry, scheduleToCloseTimeout } = merged(LAST_TRY);
  assert.equal(compileRetryPolicy(retry ?? {}).maximumAttempts, 1);
  assert.equal(scheduleToCloseTimeout, 20_000);
});

test('rounds grow longer, and much longer where the history grows long', () => {
  const minutes = (round: number, events: number) =>
    limitsOf(round, () => events).retry?.maximumAttempts;
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((round) => minutes(round, 10)),
    [5, 10, 20, 30, 30],
  );
  assert.equal(minutes(9, 30_000), 24 * 60);
});
