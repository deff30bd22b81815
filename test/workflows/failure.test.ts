import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { PurserError } from '../../src/domain/errors.ts';
import { onboardRequestSchema } from '../../src/access/model/request.ts';
import { asFailure, readRequest, describeFailure } from '../../workflows/failure.ts';

function ofActivity(cause: Error) {
  return new ActivityFailure(
    'Activity task failed',
    'grantAccess',
    '1',
    'TIMEOUT',
    'worker',
    cause,
  );
}
function timeout(type: 'SCHEDULE_TO_START' | 'HEARTBEAT') {
  return new TimeoutFailure('activity timed out', undefined, type);
}

const ROWS: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['a cancellation', new CancelledFailure('x'), 'Cancelled', /the workflow was cancelled/],
  [
    'an activity that was cancelled',
    ofActivity(new CancelledFailure('x')),
    'Cancelled',
    /the workflow was cancelled/,
  ],
  [
    'a target that nobody serves',
    ofActivity(timeout('SCHEDULE_TO_START')),
    'NotConfigured',
    /task queue purser\.prod has none.*start `purser worker`/,
  ],
  ['a worker that died', ofActivity(timeout('HEARTBEAT')), 'Error', /activity timed out/],
  [
    'a failure of an activity',
    ofActivity(ApplicationFailure.nonRetryable('the namespace is gone', 'NamespaceNotFound')),
    'NamespaceNotFound',
    /^the namespace is gone$/,
  ],
  ['a failure without a type', ofActivity(ApplicationFailure.retryable('x')), 'Error', /^x$/],
  ['an error of ours', new PurserError('ProofFailed', 'x'), 'ProofFailed', /^x$/],
  ['a bug', new TypeError('y is undefined'), 'Error', /y is undefined/],
  ['something that is no error', { a: 1 }, 'Error', /unknown error/],
];

for (const [what, error, type, message] of ROWS) {
  test(`${what} is told as ${type}`, () => {
    const told = describeFailure(error, 'prod');
    assert.equal(told.type, type);
    assert.match(told.message, message);
  });
}

test('a cancelled workflow ends as cancelled; any other ends for good, with its type', () => {
  const cancelled = new CancelledFailure('x');
  assert.equal(asFailure(cancelled, 'prod'), cancelled);
  const failure = asFailure(new PurserError('Unreachable', 'x'), 'prod');
  assert.ok(failure instanceof ApplicationFailure);
  assert.equal(failure.type, 'Unreachable');
  assert.equal(failure.nonRetryable, true);
});

test('bad input ends the workflow at once, naming every wrong field', () => {
  const input = { target: 'PROD', subject: { kind: 'User', name: 'alice' }, accesses: ['x'] };
  assert.throws(
    () => readRequest(onboardRequestSchema, input),
    (error) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.equal(error.type, 'InvalidRequest');
      assert.equal(error.nonRetryable, true);
      assert.match(error.message, /^target: "PROD" .*; accesses\[0\]: "x" /);
      return true;
    },
  );
});
