import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { createSweepTally } from '../../../src/access/model/sweep.ts';
import type { Swept, SweptKind, Tally } from '../../../src/access/model/sweep.ts';
import { startSweep } from '../../../src/temporal/starts.ts';
import { sweepId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import { stateOf, ownFailureOf } from '../../support/run-end.ts';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { namesOf } from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment();
});
after(() => env?.close());

function partOf(kind: SweptKind, fill: (tally: Tally) => void = () => {}) {
  const tally = createSweepTally(kind);
  fill(tally);
  return tally.part();
}
const thing = { what: 'RoleBinding team-a/purser-alice', why: 'its run failed' };
function sweeping(fill?: (tally: Tally) => void): Stubs {
  return {
    sweepBindings: () => partOf('binding', fill),
    sweepProofs: () => ({ parts: [partOf('secret'), partOf('token'), partOf('canary')] }),
  };
}

async function sweepWith(stubs: Stubs): Promise<{ swept: Swept; handle: WorkflowHandle }> {
  env.stub(stubs);
  const handle = await startSweep(env.client, 'prod');
  return { swept: await handle.result(), handle };
}
function counted(kind: SweptKind, did: string) {
  return env.meters.find(
    ({ name, labels }) =>
      name === 'purser_sweep_findings' && labels['kind'] === kind && labels['did'] === did,
  )?.value;
}

describe('a sweep', () => {
  test('that finds nothing is clean', async () => {
    const { swept, handle } = await sweepWith(sweeping());
    assert.deepEqual(namesOf(env.calls).toSorted(), ['sweepBindings', 'sweepProofs']);
    assert.deepEqual(
      swept.parts.map(({ kind }) => kind),
      ['binding', 'secret', 'token', 'canary'],
    );
    assert.equal(await stateOf(handle), 'clean');
  });

  test('that removed something is clean, and counts it', async () => {
    const { swept, handle } = await sweepWith(
      sweeping((tally) => {
        tally.see();
        tally.remove(thing);
      }),
    );
    assert.deepEqual(swept.parts[0]?.removed, { count: 1, first: [thing] });
    assert.equal(await stateOf(handle), 'clean');
    assert.equal(counted('binding', 'removed'), 1);
    assert.equal(counted('binding', 'reported'), 0);
    assert.equal(counted('canary', 'removed'), 0);
  });

  test('that reports something, or could not look, needs attention', async () => {
    for (const fill of [
      (tally: Tally) => tally.report(thing),
      (tally: Tally) => tally.cannotLook('Purser may not list rolebindings in team-a'),
    ]) {
      const { handle } = await sweepWith(sweeping(fill));
      assert.equal(await stateOf(handle), 'needs-attention');
    }
  });

  test('that fails says so, with the type of what went wrong', async () => {
    env.stub({
      ...sweeping(),
      sweepBindings: () => {
        throw failure('Forbidden', 'Purser may not list rolebindings');
      },
    });
    const handle = await startSweep(env.client, 'prod');
    assert.equal((await ownFailureOf(handle)).type, 'Forbidden');
    assert.equal(await stateOf(handle), 'failed');
  });

  test('runs under the id of its schedule, too, and under no other', async () => {
    const startAs = (workflowId: string) =>
      env.client.workflow.start('sweep', {
        taskQueue: WORKFLOWS_QUEUE,
        workflowId,
        args: [{ target: 'prod' }],
      });
    env.stub(sweeping());
    await (await startAs(`${sweepId('prod')}-2026-11-28T12:00:00Z`)).result();
    env.stub(sweeping());
    assert.equal((await ownFailureOf(await startAs('sweep/test'))).type, 'InvalidRequest');
    assert.deepEqual(env.calls, []);
  });
});
