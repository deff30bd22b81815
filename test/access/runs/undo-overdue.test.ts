// With rounds of an undo that take a moment: as they are, the first one lasts two minutes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { abandonUndoUpdate, progressQuery } from '../../../workflows/contract.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { endOfRun, stateOf } from '../../support/run-end.ts';
import {
  failure,
  lastUntilCancelled,
  openWorkflowEnvironment,
} from '../../support/workflow-environment.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { GOOD, grantOf, nameOf, namesOf, PULL, revocable, startOnboarding } from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment('fast-retries.ts');
});
after(() => env?.close());

const BINDING = nameOf(grantOf(PULL));
function refused(): never {
  throw ApplicationFailure.retryable('rolebindings is locked', 'Forbidden', { unanswered: false });
}
const STUCK: Stubs = {
  ...GOOD,
  proveAccess: () => {
    throw failure('Unreachable', 'the registry does not answer');
  },
  undoGrants: refused,
};

async function startStuck(more: Stubs = {}): Promise<WorkflowHandle> {
  env.stub({ ...STUCK, ...more });
  const handle = await startOnboarding(env);
  await eventually('an overdue undo', async () => (await stateOf(handle)) === 'undo-overdue');
  return handle;
}
function undos() {
  return env.meters
    .filter(({ name }) => name === 'purser_undos_total')
    .map(({ labels }) => labels['result']);
}

describe('an undo that the cluster refuses', () => {
  test('is overdue after the first round, says what is left, and is tried until it succeeds', async () => {
    const handle = await startStuck();
    const { undo } = await handle.query(progressQuery);
    assert.deepEqual(undo?.left, [{ what: BINDING, why: 'rolebindings is locked' }]);
    assert.ok(undos().includes('overdue'));
    await handle.cancel();
    assert.equal((await handle.describe()).status.name, 'RUNNING', 'a cancel ends no undo');
    env.stub(GOOD);
    const { report } = await endOfRun(handle);
    assert.equal(report.failure?.type, 'Unreachable', 'what failed first, not the undo');
    assert.deepEqual(report.undone, { state: 'undone', left: [] });
    assert.equal(undos().at(-1), 'undone');
    assert.equal(await stateOf(handle), 'failed');
  });
});

describe('the update abandonUndo', () => {
  test('tries once more, asks the cluster what stands, and ends the run with what is left', async () => {
    const handle = await startStuck();
    const earlier = namesOf(env.calls).filter((name) => name === 'undoGrants').length;
    const left = await handle.executeUpdate(abandonUndoUpdate);
    const why = 'given up by hand; the last error: rolebindings is locked';
    assert.deepEqual(left, [{ what: BINDING, why }]);
    const { report } = await endOfRun(handle);
    assert.deepEqual(report.undone, { state: 'left', left });
    const names = namesOf(env.calls);
    assert.ok(names.filter((name) => name === 'undoGrants').length > earlier);
    assert.deepEqual(names.slice(-2), ['findGrants', 'archiveReport']);
    assert.equal(undos().at(-1), 'left');
  });

  test('names nothing that is gone by now', async () => {
    const handle = await startStuck({
      findGrants: () => ({ grants: [], foreign: [], alike: [], findings: [] }),
    });
    assert.deepEqual(await handle.executeUpdate(abandonUndoUpdate), []);
    assert.equal((await endOfRun(handle)).report.undone?.state, 'undone');
  });

  test('says of what it cannot look at that it is not known', async () => {
    const handle = await startStuck({
      findGrants: () => {
        throw failure('Forbidden', 'Purser may not list rolebindings');
      },
    });
    const [only] = await handle.executeUpdate(abandonUndoUpdate);
    assert.match(only?.why ?? '', /it is not known whether it still exists/);
    await endOfRun(handle);
  });

  test('of an undo whose last try succeeds leaves nothing', async () => {
    const handle = await startStuck({
      findGrants: () => ({ grants: [revocable(PULL)], foreign: [], alike: [], findings: [] }),
    });
    env.stub(GOOD);
    assert.deepEqual(await handle.executeUpdate(abandonUndoUpdate), []);
    assert.equal((await endOfRun(handle)).report.undone?.state, 'undone');
  });

  test('is refused while nothing is being undone', async () => {
    env.stub({ ...GOOD, findSubject: lastUntilCancelled });
    const handle = await startOnboarding(env);
    await eventually('the first step', () => namesOf(env.calls).includes('findSubject'), 20_000);
    await assert.rejects(handle.executeUpdate(abandonUndoUpdate), (error) => {
      assert.ok(error instanceof WorkflowUpdateFailedError);
      assert.ok(error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, 'NotUndoing');
      return true;
    });
    await handle.cancel();
    await endOfRun(handle);
  });
});
