import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorMessage, FAILURES, isRetryable, PurserError } from '../../src/domain/errors.ts';

test('only what may pass by itself is tried again', () => {
  const tried = Object.keys(FAILURES).filter(isRetryable);
  assert.deepEqual(tried, [
    'Unreachable',
    'RateLimited',
    'ServerError',
    'Unauthorized',
    'CredentialsUnavailable',
    'NotLoggedIn',
  ]);
});

for (const type of ['TypeError', '', 'toString', 'constructor']) {
  test(`the unknown type ${JSON.stringify(type)} may pass: a bug must not end a lease`, () => {
    assert.equal(isRetryable(type), true);
  });
}

test('an error of ours carries its type as its name, what caused it, and when to try again', () => {
  const cause = new Error('connect ECONNREFUSED');
  const error = new PurserError('RateLimited', 'slow down', { cause, retryAfterMs: 2_000 });
  assert.equal(error.name, 'RateLimited');
  assert.equal(error.type, 'RateLimited');
  assert.equal(error.cause, cause);
  assert.equal(error.retryAfterMs, 2_000);
  assert.ok(!('cause' in new PurserError('Forbidden', 'no')));
});

test('an error says its message, and what is no error says what the caller says of it', () => {
  assert.equal(errorMessage(new TypeError('no such file')), 'no such file');
  assert.equal(errorMessage({ message: 'a secret?' }), 'unknown error');
  assert.equal(errorMessage('thrown', 'no answer'), 'no answer');
});
