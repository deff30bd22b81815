import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollsFor } from '../../src/temporal/workers.ts';

// Temporal's default for a namespace (frontend.namespaceCount); other processes poll, too.
const TEMPORAL_TAKES = 1_200;

test('one process polls as the SDK does for few targets, and leaves room in the namespace for many', () => {
  assert.equal(pollsFor(1), 10);
  assert.equal(pollsFor(2 * 10 + 1), 10);
  assert.equal(pollsFor(2 * 50 + 1), 3);
  assert.equal(pollsFor(2 * 500 + 1), 1);
  for (let targets = 1; targets <= 250; targets += 1) {
    const stations = 2 * targets + 1;
    assert.ok(stations * pollsFor(stations) <= TEMPORAL_TAKES / 2, `${targets} targets`);
  }
});
