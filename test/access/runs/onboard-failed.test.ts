import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { inputOf } from '../../support/run-end.ts';
import {
  ALICE,
  GOOD,
  grantOf,
  labelsOf,
  nameOf,
  namesOf,
  PULL,
  PUSH,
  runOnboarding,
  stepOf,
} from './stubs.ts';

let env: WorkflowEnvironment;
before(async () => {
  // A step that was cancelled may have written: its undo waits for 90 s, which pass in a moment.
  env = await openWorkflowEnvironment('fast-timers.ts');
});
after(() => env?.close());
beforeEach(() => env.stub(GOOD));

describe('an onboarding that fails', () => {
  test('before anything was made undoes nothing, and says so', async () => {
    env.stub({
      ...GOOD,
      findSubject: () => {
        throw failure('SubjectNotFound', 'there is no User alice');
      },
    });
    const { report, error } = await runOnboarding(env);
    assert.deepEqual(namesOf(env.calls), [
      'requireIdentityProvider',
      'findSubject',
      'archiveReport',
    ]);
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(report.undone, { state: 'nothing-made', left: [] });
    assert.ok(error instanceof ApplicationFailure);
    assert.equal(error.type, 'SubjectNotFound');
    assert.equal(error.nonRetryable, true);
    assert.deepEqual(labelsOf(env, 'purser_failures_total'), [
      { target: 'prod', workflow: 'onboard', type: 'SubjectNotFound' },
    ]);
  });

  test('at the proof takes the grant back and cleans up after the proof, then keeps the report', async () => {
    const step = stepOf('pull', { outcome: 'failed', cause: 'configuration', detail: 'denied' });
    env.stub({
      ...GOOD,
      proveAccess: () => ({ verdict: 'failed', steps: [step], findings: [] }),
    });
    const { report } = await runOnboarding(env, { accesses: [PULL, PUSH] });
    const names = namesOf(env.calls);
    assert.deepEqual(names.slice(0, 4), [
      'requireIdentityProvider',
      'findSubject',
      'grantAccess',
      'proveAccess',
    ]);
    assert.deepEqual(names.slice(4, 6).toSorted(), ['undoGrants', 'undoProof']);
    assert.deepEqual(names.slice(6), ['archiveReport']);
    assert.equal(report.failure?.type, 'ProofFailed');
    assert.match(report.failure.message, /pull failed \(configuration\): denied/);
    assert.equal(report.failure.undone, 'everything that this run made is gone');
    assert.deepEqual(inputOf(env, 'undoGrants'), {
      subject: ALICE,
      accesses: [PULL, PUSH],
      uids: [`uid-${PULL}`, `uid-${PUSH}`],
    });
    assert.deepEqual(labelsOf(env, 'purser_undos_total'), [{ target: 'prod', result: 'undone' }]);
  });

  test('at the grant takes back what may have been made, although nobody has told of it', async () => {
    env.stub({
      ...GOOD,
      grantAccess: () => {
        throw ApplicationFailure.nonRetryable('quota', 'QuotaExceeded', { unanswered: false });
      },
      undoGrants: () => ({ removed: [], attempt: 1 }),
    });
    const { report } = await runOnboarding(env);
    assert.deepEqual(namesOf(env.calls).slice(2), ['grantAccess', 'undoGrants', 'archiveReport']);
    assert.equal(Reflect.get(Object(inputOf(env, 'undoGrants')), 'uids').length, 0);
    assert.equal(report.undone?.state, 'nothing-made');
  });

  test('leaves a binding alone that was there before, and says so', async () => {
    const earlier = grantOf(PULL, 'before');
    env.stub({
      ...GOOD,
      grantAccess: () => ({ steps: [], grants: [earlier], findings: [], unanswered: false }),
      undoGrants: () => ({ removed: [], attempt: 1 }),
      proveAccess: () => {
        throw failure('Unreachable', 'the registry does not answer');
      },
    });
    const { report } = await runOnboarding(env);
    assert.deepEqual(Reflect.get(Object(inputOf(env, 'undoGrants')), 'uids'), []);
    assert.match(
      report.failure?.undone ?? '',
      new RegExp(`${earlier.binding} stay: they were there before`),
    );
    assert.deepEqual(report.undone?.left, []);
  });

  test('where a proof is required and could not be tried is undone', async () => {
    const untried = stepOf('push', { outcome: 'not-tried', detail: 'no tokens are minted' });
    env.stub({
      ...GOOD,
      proveAccess: () => ({ verdict: 'unproven', steps: [untried], findings: [] }),
    });
    const { report } = await runOnboarding(env, { prove: 'required' });
    assert.equal(report.failure?.type, 'ProofFailed');
    assert.match(report.failure.message, /a proof was required, and push could not be tried/);
    assert.equal(report.undone?.state, 'undone');
    assert.ok(!namesOf(env.calls).includes('markGrants'));
  });

  test('where a proven binding is gone meanwhile is undone with a Conflict', async () => {
    env.stub({ ...GOOD, markGrants: () => ({ findings: [], gone: [nameOf(grantOf(PULL))] }) });
    const { report } = await runOnboarding(env);
    assert.equal(report.failure?.type, 'Conflict');
    assert.ok(namesOf(env.calls).includes('undoGrants'));
  });

  test('reports what an undo had to leave, because somebody has changed it', async () => {
    const kept = [{ what: nameOf(grantOf(PULL)), why: 'bob was added' }];
    env.stub({
      ...GOOD,
      proveAccess: () => {
        throw failure('Unreachable', 'the registry does not answer');
      },
      undoGrants: () => ({ removed: [], kept, attempt: 1 }),
    });
    const { report } = await runOnboarding(env);
    assert.deepEqual(report.undone, { state: 'left', left: kept });
    assert.match(report.failure?.undone ?? '', /bob was added/);
    assert.deepEqual(labelsOf(env, 'purser_undos_total'), [{ target: 'prod', result: 'left' }]);
  });

  test('ends undone although the proof could not be cleaned up after: the report names what is left', async () => {
    env.stub({
      ...GOOD,
      proveAccess: () => {
        throw failure('Unreachable', 'the registry does not answer');
      },
      undoProof: () => {
        throw failure('Forbidden', 'Purser may not delete tokens');
      },
    });
    const { report } = await runOnboarding(env);
    assert.equal(report.undone?.state, 'left');
    assert.match(report.undone.left[0]?.what ?? '', /tokens and canaries of the proof/);
    assert.match(report.undone.left[0]?.why ?? '', /may not delete tokens/);
    assert.ok(namesOf(env.calls).includes('undoGrants'), 'the access itself is taken back');
  });
});
