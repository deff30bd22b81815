import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallFailure } from '../../src/domain/wire/call-failure.ts';

test('a failed call has the cause of findings beside the error underneath', () => {
  const error = new Error('connect ECONNREFUSED');
  const failure = new CallFailure('GET /x: no answer', { failureCause: 'tcp', cause: error });
  assert.deepEqual([failure.failureCause, failure.cause], ['tcp', error]);
});

test('the message of a failed call ends with the advice, if there is one', () => {
  const facts = { failureCause: 'forbidden', status: 403 } as const;
  const failure = new CallFailure('GET /x: 403', { ...facts, advice: 'ask for the right' });
  assert.deepEqual(
    [failure.message, failure.advice],
    ['GET /x: 403; ask for the right', 'ask for the right'],
  );
  const plain = new CallFailure('GET /x: 403', facts);
  assert.deepEqual([plain.message, plain.advice], ['GET /x: 403', undefined]);
});
