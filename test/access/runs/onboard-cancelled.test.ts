import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Report } from '../../../src/access/model/report/report.ts';
import { onboardId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import { lastUntilCancelled, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { endOfRun, stateOf } from '../../support/run-end.ts';
import {
  ALICE,
  GOOD,
  grantOf,
  labelsOf,
  nameOf,
  namesOf,
  PULL,
  runOnboarding,
  startOnboarding,
} from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  // A step that was cancelled may have written: its undo waits for 90 s, which pass in a moment.
  env = await openWorkflowEnvironment('fast-timers.ts');
});
after(() => env?.close());
beforeEach(() => env.stub(GOOD));

describe('an onboarding that is cancelled', () => {
  const cancelledAt = async (activity: 'grantAccess' | 'proveAccess' | 'findSubject') => {
    env.stub({ ...GOOD, [activity]: lastUntilCancelled });
    const handle = await startOnboarding(env);
    await eventually(
      `${activity} to begin`,
      async () => namesOf(env.calls).includes(activity),
      20_000,
    );
    await handle.cancel();
    return endOfRun(handle);
  };

  test('while it looks for the subject ends cancelled, with nothing to undo', async () => {
    const { report, error } = await cancelledAt('findSubject');
    assert.ok(error instanceof CancelledFailure, String(error));
    assert.equal(report.failure?.type, 'Cancelled');
    assert.deepEqual(namesOf(env.calls).slice(1), ['findSubject', 'archiveReport']);
    assert.equal(report.undone?.state, 'nothing-made');
  });

  test('while it proves takes the grant back after the proof has ended', async () => {
    const { report } = await cancelledAt('proveAccess');
    assert.deepEqual(namesOf(env.calls).slice(3, 4), ['proveAccess']);
    assert.deepEqual(namesOf(env.calls).slice(4, 6).toSorted(), ['undoGrants', 'undoProof']);
    assert.equal(report.undone?.state, 'undone');
    assert.deepEqual(labelsOf(env, 'purser_onboardings_total'), [
      { target: 'prod', outcome: 'failed' },
    ]);
  });

  test('twice is undone all the same', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    env.stub({
      ...GOOD,
      proveAccess: lastUntilCancelled,
      undoGrants: async () => {
        await released;
        return { removed: [nameOf(grantOf(PULL))], attempt: 1 };
      },
    });
    const handle = await startOnboarding(env);
    await eventually('the proof', async () => namesOf(env.calls).includes('proveAccess'), 20_000);
    await handle.cancel();
    await eventually('the undo', async () => namesOf(env.calls).includes('undoGrants'), 20_000);
    assert.equal(await stateOf(handle), 'undoing');
    await handle.cancel();
    release();
    const { report } = await endOfRun(handle);
    assert.equal(report.undone?.state, 'undone');
  });
});

describe("what is no request of an onboarding's", () => {
  const startAs = async (workflowId: string, input: object): Promise<WorkflowHandle> =>
    env.client.workflow.start('onboard', { taskQueue: WORKFLOWS_QUEUE, workflowId, args: [input] });
  const request = { target: 'prod', subject: ALICE, accesses: [PULL] };
  const failureOf = async (handle: WorkflowHandle): Promise<unknown> =>
    handle.result().then(
      () => assert.fail('it ended well'),
      (error: Error) => error.cause,
    );

  for (const [what, input] of [
    ['an access that is none', { ...request, accesses: ['pul:team-a'] }],
    ['a field that there is not', { ...request, surprise: true }],
    ['nothing at all', {}],
  ] as const) {
    test(`${what} ends it at once, before any activity`, async () => {
      const error = await failureOf(await startAs(onboardId('prod', ALICE), input));
      assert.ok(error instanceof ApplicationFailure);
      assert.equal(error.type, 'InvalidRequest');
      assert.deepEqual(env.calls, []);
    });
  }

  test("another id than its input gives is refused, and so is another subject's of the same beginning", async () => {
    const long = (end: string) => ({ kind: 'User', name: `${'x'.repeat(250)}${end}` }) as const;
    for (const [id, subject] of [
      ['onboard/prod/User/bob', ALICE],
      [onboardId('prod', long('a')), long('b')],
    ] as const) {
      const error = await failureOf(await startAs(id, { ...request, subject }));
      assert.ok(error instanceof ApplicationFailure);
      assert.match(error.message, /was started under the id .* and its input gives/);
    }
    assert.deepEqual(env.calls, []);
  });

  test('a name so long that its id has a hash runs under that id', async () => {
    for (const name of ['é'.repeat(250), `${'x'.repeat(248)}a/b`]) {
      const subject = { kind: 'User', name } as const;
      assert.match(onboardId('prod', subject), /~[0-9a-f]{32}$/);
      const { report } = await runOnboarding(env, { subject });
      assert.equal(report.outcome, 'proven');
      const saved: Report = report;
      assert.equal(saved.workflowId, onboardId('prod', subject));
    }
  });

  test('a second one of the same subject while the first runs is refused', async () => {
    env.stub({ ...GOOD, findSubject: lastUntilCancelled });
    const handle = await startOnboarding(env);
    await assert.rejects(startOnboarding(env), { name: 'WorkflowExecutionAlreadyStartedError' });
    await handle.cancel();
    await endOfRun(handle);
  });
});
