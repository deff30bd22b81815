import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createWorkerSpecs } from '../../../src/worker.ts';
import { unusedCluster } from '../../support/unused-cluster.ts';

/** What a stranger who can start workflows may hand to an activity. */
const GARBAGE: readonly unknown[] = [{ surprise: true }, null, 'text', 7, [], [{}]];

/** They look at the whole of their target, and are told nothing. */
const TAKES_NOTHING = [
  'checkHealthRights',
  'checkProofRights',
  'checkTarget',
  'sweepBindings',
  'sweepProofs',
];

const folder = mkdtempSync(path.join(tmpdir(), 'purser-inputs-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const stations = await createWorkerSpecs(unusedCluster(folder));

for (const { taskQueue, activities } of stations) {
  describe(`every activity of ${taskQueue} refuses invalid input for good`, () => {
    for (const [name, activity] of Object.entries(activities)) {
      if (activity.length === 0) continue;
      test(name, async () => {
        for (const garbage of GARBAGE) {
          const environment = new MockActivityEnvironment();
          await assert.rejects(environment.run(activity, garbage), (error) => {
            assert.ok(error instanceof ApplicationFailure, String(error));
            assert.equal(error.type, 'InvalidRequest', `${JSON.stringify(garbage)}: ${error}`);
            assert.equal(error.nonRetryable, true);
            return true;
          });
        }
      });
    }
  });
}

test('only these take no input at all', () => {
  const all = stations.flatMap(({ activities }) => Object.entries(activities));
  const names = all.filter(([, { length }]) => length === 0).map(([name]) => name);
  assert.deepEqual(names.sort(), TAKES_NOTHING);
});

test('the activities of all three queues are checked', () => {
  assert.deepEqual(
    stations.map(({ taskQueue }) => taskQueue),
    ['purser', 'purser.prod', 'purser.prod.proof'],
  );
});
