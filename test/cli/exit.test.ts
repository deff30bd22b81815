import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { EXIT, explainFailure } from '../../src/cli/exit.ts';
import { PurserError } from '../../src/domain/errors.ts';

function failed(cause: Error | undefined) {
  return new WorkflowFailedError('Workflow execution failed', cause, 'NON_RETRYABLE_FAILURE');
}

const ROWS: readonly (readonly [string, unknown, number, string])[] = [
  ['bad input', new PurserError('InvalidRequest', 'x'), EXIT.usage, 'InvalidRequest: x'],
  ['bad configuration', new PurserError('NotConfigured', 'x'), EXIT.usage, 'NotConfigured: x'],
  ['a Temporal that is away', new PurserError('Unreachable', 'x'), EXIT.failed, 'Unreachable: x'],
  [
    'bad input that the workflow found',
    failed(ApplicationFailure.nonRetryable('x', 'InvalidRequest')),
    EXIT.usage,
    'InvalidRequest: x',
  ],
  [
    'a proof that failed',
    failed(ApplicationFailure.nonRetryable('x', 'ProofFailed')),
    EXIT.failed,
    'ProofFailed: x',
  ],
  ['a failure without a type', failed(ApplicationFailure.create({ message: 'x' })), 1, 'Error: x'],
  ['a cancelled workflow', failed(new CancelledFailure('x')), EXIT.failed, 'cancelled'],
  ['a terminated workflow', failed(new TerminatedFailure('terminated')), 1, 'terminated'],
  ['a workflow that failed for no reason', failed(undefined), EXIT.failed, 'unknown error'],
  [
    'a second one of the same',
    new WorkflowExecutionAlreadyStartedError('no', 'onboard/prod/User/alice', 'onboard'),
    EXIT.failed,
    'onboard/prod/User/alice is running already; wait for it, or look at it in the Temporal Web UI',
  ],
  [
    'a second revocation of the same',
    new WorkflowExecutionAlreadyStartedError('no', 'revoke/prod/User/alice', 'revoke'),
    EXIT.failed,
    "revoke/prod/User/alice is running already; wait for it, or look at it in the Temporal Web UI; `purser cancel 'revoke/prod/User/alice'` ends it, and shows what it has deleted",
  ],
  ['a bug', new TypeError('x is not a function'), EXIT.failed, 'x is not a function'],
  ['something that is no error', 'oops', EXIT.failed, 'unknown error'],
];

for (const [what, error, code, line] of ROWS) {
  test(`${what} ends with ${code}: ${line}`, () => {
    assert.deepEqual(explainFailure(error), { line, code });
  });
}
