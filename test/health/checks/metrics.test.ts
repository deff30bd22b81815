import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DEFAULT_RULES } from '../../../src/health/model/probe.ts';
import { notChecked } from '../../../src/health/findings.ts';
import { evaluateMetrics } from '../../../src/health/metrics.ts';
import { readSnapshot } from '../../../src/health/metrics-snapshot.ts';
import type { MetricsReading, Snapshot } from '../../../src/health/metrics-snapshot.ts';
import { parseMetrics } from '../../../src/registry/metrics-text.ts';
import { severitiesOf } from './severities.ts';

function totals(given: Partial<Snapshot> = {}): Snapshot {
  return {
    startedAt: 1_000,
    requests: 1_000,
    serverErrors: 10,
    pullThroughErrors: 0,
    storageErrors: {},
    operations: {},
    ...given,
  };
}
function read(pod: string, given: Partial<Snapshot> = {}, inFlight = 1) {
  return {
    pod,
    reading: { totals: totals(given), inFlight } satisfies MetricsReading,
  };
}
function judge(now: Parameters<typeof evaluateMetrics>[0], before?: unknown) {
  return evaluateMetrics(now, before, DEFAULT_RULES);
}
const BEFORE = { a: totals() };

describe("what is new in a replica's metrics", () => {
  for (const [what, given, expected] of [
    ['nothing', {}, []],
    ['requests that went well', { requests: 1_500 }, []],
    ['a few 5xx among many', { requests: 1_200, serverErrors: 12 }, []],
    ['one in ten 5xx', { requests: 1_100, serverErrors: 20 }, ['warning server-error']],
    ['nothing but 5xx', { requests: 1_100, serverErrors: 110 }, ['error server-error']],
    ['5xx, but too few requests to tell', { requests: 1_010, serverErrors: 20 }, []],
    ['a full storage, once', { storageErrors: { DEVICE_OUT_OF_SPACE: 1 } }, ['error storage']],
    ['a read-only storage', { storageErrors: { READ_ONLY_FILESYSTEM: 2 } }, ['error storage']],
    ['an odd storage error', { storageErrors: { UNKNOWN: 1 } }, ['note storage']],
    ['many odd storage errors', { storageErrors: { UNKNOWN: 9 } }, ['warning storage']],
    ['slow manifests', { operations: { manifest_get: [2, 14] } }, ['warning slow']],
    ['quick manifests', { operations: { manifest_get: [100, 14] } }, []],
    ['a failed pull-through', { pullThroughErrors: 1 }, ['note server-error']],
    ['many failed pull-throughs', { pullThroughErrors: 30 }, ['warning server-error']],
  ] as const satisfies readonly (readonly [string, Partial<Snapshot>, readonly string[]])[]) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(severitiesOf(judge([read('a', given)], BEFORE)), expected);
    });
  }

  test('old faults are no news: the first read of all only begins', () => {
    const given = { serverErrors: 900, storageErrors: { DEVICE_OUT_OF_SPACE: 5 } };
    const first = judge([read('a', given)]);
    assert.deepEqual(severitiesOf(first), []);
    assert.deepEqual(severitiesOf(judge([read('a', given)], first.memory)), []);
  });

  test('requests in flight are judged in the first read, too', () => {
    assert.deepEqual(severitiesOf(judge([read('a', {}, 200)])), ['warning slow']);
  });
});

describe('a replica', () => {
  test('that began anew counts from nothing: what it counts now is news', () => {
    const anew = { startedAt: 2_000, requests: 40, serverErrors: 30 };
    assert.deepEqual(severitiesOf(judge([read('a', anew)], BEFORE)), ['error server-error']);
  });

  test('whose counters fell without another start began anew as well', () => {
    const { measurements } = judge([read('a', { requests: 30, serverErrors: 0 })], BEFORE);
    assert.equal(measurements['requests'], 30);
  });

  test('that is new beside one that is known has all its counts as news', () => {
    const now = [read('a'), read('b', { requests: 100, serverErrors: 90 })];
    const looked = judge(now, BEFORE);
    assert.deepEqual(severitiesOf(looked), ['error server-error']);
    assert.match(looked.findings[0]?.text ?? '', /^b answered 90 of 100/);
  });

  test('that is ill is not hidden by one that is well', () => {
    const before = { a: totals(), b: totals() };
    const now = [read('a', { requests: 10_000 }), read('b', { requests: 1_030, serverErrors: 40 })];
    assert.deepEqual(severitiesOf(judge(now, before)), ['error server-error']);
  });

  test('that is gone is forgotten, and one that could not be read is not', () => {
    const before = { a: totals(), b: totals(), c: totals() };
    const looked = judge([read('a'), { pod: 'b', failure: notChecked('b: no') }], before);
    assert.deepEqual(severitiesOf(looked), ['unknown probe']);
    assert.deepEqual(Object.keys(looked.memory ?? {}).sort(), ['a', 'b']);
  });

  test('that nobody could read makes nothing healthy', () => {
    assert.deepEqual(severitiesOf(judge([], BEFORE)), ['unknown probe']);
  });
});

test('the numbers of a real registry are read: no 401s, and no errors of normal work', () => {
  const file = new URL('../../registry/fixtures/registry-metrics.txt', import.meta.url);
  const { samples } = parseMetrics(readFileSync(file, 'utf8'));
  const { totals: found, inFlight } = readSnapshot(samples);
  const all = samples
    .filter(
      ({ name, labels }) =>
        name === 'imageregistry_http_requests_total' && labels['code'] !== '401',
    )
    .reduce((sum, { value }) => sum + value, 0);
  assert.equal(found.requests, all);
  assert.equal(inFlight, 1);
  assert.deepEqual(found.storageErrors, {});
  assert.equal(found.operations.manifest_get?.[0], 9);
});
