import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { numbersOf, combine } from '../../activities/health/numbers.ts';
import { parseMetrics } from '../../src/registry/metrics-text.ts';

const recorded = readFileSync(
  new URL('../registry/fixtures/registry-metrics.txt', import.meta.url),
  'utf8',
);
function numbers(text: string, now = 0) {
  return numbersOf(parseMetrics(`${text}\n`), now);
}

test('the numbers of a real registry add up to what it counted', () => {
  const found = numbersOf(parseMetrics(recorded), Date.now());
  const counted = [...recorded.matchAll(/^imageregistry_http_requests_total\{.*\} (\d+)$/gm)];
  const total = counted.reduce((sum, [, value]) => sum + Number(value), 0);
  assert.ok(total > 0);
  assert.equal(
    Object.values(found.requests).reduce((sum, value) => sum + value, 0),
    total,
  );
  assert.ok((found.upSeconds ?? 0) > 0);
  const operations = new Set(
    [
      ...recorded.matchAll(
        /^imageregistry_(?:request|storage)_duration_seconds_count\{operation="([^"]+)"/gm,
      ),
    ].map(([, name]) => name),
  );
  assert.deepEqual(new Set(found.operations.map(({ operation }) => operation)), operations);
  assert.ok(found.operations.every(({ seconds, count }) => seconds >= 0 && count > 0));
});

test('requests are grouped by the class of their code, and 401 stands apart', () => {
  const found = numbers(
    [
      'imageregistry_http_requests_total{code="200",method="get"} 5',
      'imageregistry_http_requests_total{code="201",method="put"} 2',
      'imageregistry_http_requests_total{code="401",method="get"} 7',
      'imageregistry_http_requests_total{code="404",method="head"} 3',
      'imageregistry_http_requests_total{code="500",method="patch"} 1',
      'imageregistry_http_requests_total{code="503",method="patch"} 1',
      'imageregistry_http_in_flight_requests 4',
    ].join('\n'),
  );
  assert.deepEqual(found.requests, { '2xx': 7, '401': 7, '4xx': 3, '5xx': 2 });
  assert.equal(found.inFlight, 4);
});

test('an operation has its count, its time, and its quantile where there is one', () => {
  const found = numbers(
    [
      'imageregistry_request_duration_seconds{operation="BlobStore.Put",quantile="0.99"} 0.5',
      'imageregistry_request_duration_seconds_sum{operation="BlobStore.Put"} 3',
      'imageregistry_request_duration_seconds_count{operation="BlobStore.Put"} 10',
      'imageregistry_storage_duration_seconds{operation="StorageDriver.Stat",quantile="0.99"} NaN',
      'imageregistry_storage_duration_seconds_sum{operation="StorageDriver.Stat"} 1',
      'imageregistry_storage_duration_seconds_count{operation="StorageDriver.Stat"} 4',
    ].join('\n'),
  );
  assert.deepEqual(found.operations, [
    { operation: 'BlobStore.Put', count: 10, seconds: 3, p99Seconds: 0.5 },
    { operation: 'StorageDriver.Stat', count: 4, seconds: 1 },
  ]);
});

test('a registry that has done nothing yet has no numbers, and none of them is made up', () => {
  assert.deepEqual(numbers('go_goroutines 19'), {
    requests: {},
    inFlight: 0,
    operations: [],
    storageErrors: [],
    pullThroughErrors: [],
  });
});

test('replicas add up; of quantiles the worst counts, and of ages the youngest', () => {
  const one = numbers(
    [
      'process_start_time_seconds 100',
      'imageregistry_http_requests_total{code="200",method="get"} 5',
      'imageregistry_request_duration_seconds{operation="a",quantile="0.99"} 0.5',
      'imageregistry_request_duration_seconds_sum{operation="a"} 3',
      'imageregistry_request_duration_seconds_count{operation="a"} 10',
      'imageregistry_storage_errors_total{code="DEVICE_OUT_OF_SPACE",operation="Writer"} 2',
      'imageregistry_pullthrough_repository_errors_total{code="UNKNOWN",operation="Init",registry="quay.io"} 1',
    ].join('\n'),
    1_000_000,
  );
  const other = numbers(
    [
      'process_start_time_seconds 900',
      'imageregistry_http_requests_total{code="200",method="get"} 1',
      'imageregistry_http_requests_total{code="500",method="get"} 1',
      'imageregistry_request_duration_seconds{operation="a",quantile="0.99"} 0.7',
      'imageregistry_request_duration_seconds_sum{operation="a"} 1',
      'imageregistry_request_duration_seconds_count{operation="a"} 2',
      'imageregistry_storage_errors_total{code="DEVICE_OUT_OF_SPACE",operation="Writer"} 1',
    ].join('\n'),
    1_000_000,
  );
  assert.deepEqual(combine([one, other]), {
    upSeconds: 100,
    requests: { '2xx': 6, '5xx': 1 },
    inFlight: 0,
    operations: [{ operation: 'a', count: 12, seconds: 4, p99Seconds: 0.7 }],
    storageErrors: [{ where: 'Writer', code: 'DEVICE_OUT_OF_SPACE', count: 3 }],
    pullThroughErrors: [{ where: 'quay.io', code: 'UNKNOWN', count: 1 }],
  });
});
