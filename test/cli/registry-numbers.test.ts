import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNumbers } from '../../src/cli/health/display/registry-numbers.ts';

type Metrics = Parameters<typeof formatNumbers>[0];

const EMPTY = { operations: [], storageErrors: [], pullThroughErrors: [] };

const METRICS: Metrics = {
  replicas: [
    {
      replica: 'image-registry-a',
      numbers: {
        ...EMPTY,
        upSeconds: 60,
        requests: { '2xx': 90, '401': 100, '5xx': 10 },
        inFlight: 1,
      },
    },
    {
      replica: 'image-registry-b',
      numbers: { ...EMPTY, upSeconds: 30, requests: { '2xx': 10 }, inFlight: 0 },
    },
    { replica: 'image-registry-c', failure: 'it is too slow' },
  ],
  all: {
    upSeconds: 30,
    requests: { '2xx': 100, '401': 100, '5xx': 10 },
    inFlight: 1,
    operations: [
      { operation: 'ManifestService.Get', count: 4, seconds: 0.02, p99Seconds: 0.012 },
      { operation: 'BlobStore.Put', count: 2, seconds: 5 },
    ],
    storageErrors: [
      { where: 'StorageDriver.Stat', code: 'PATH_NOT_FOUND', count: 20 },
      { where: 'FileWriter.Write', code: 'DEVICE_OUT_OF_SPACE', count: 3 },
    ],
    pullThroughErrors: [],
  },
};

test('the numbers are a column for each replica that was read, and one for all together', () => {
  const lines = formatNumbers(METRICS).split('\n');
  assert.match(lines[0] ?? '', /^ +image-registry-a +image-registry-b +TOGETHER$/);
  const row = (name: string) => lines.find((line) => line.startsWith(name))?.split(/ {2,}/);
  assert.deepEqual(row('requests'), ['requests', '200', '10', '210']);
  // 10 of 100: a login's 401 says nothing of the registry.
  assert.deepEqual(row('5xx share'), ['5xx share', '10.0 %', '0.0 %', '9.1 %']);
  assert.deepEqual(row('in flight'), ['in flight', '1', '0', '1']);
  assert.ok(lines.includes('image-registry-c could not be read: it is too slow'));
});

test('operations stand in the order of the time they took, with their mean', () => {
  const text = formatNumbers(METRICS);
  assert.match(text, /BlobStore\.Put +2 +2\.5 s\nManifestService\.Get +4 +5 ms +12 ms/);
});

test('storage errors that belong to normal work are said to', () => {
  const text = formatNumbers(METRICS);
  assert.match(text, /PATH_NOT_FOUND +20 +belongs to normal work/);
  assert.match(text, /DEVICE_OUT_OF_SPACE +3$/m);
  assert.doesNotMatch(text, /PULL-THROUGH/);
});

test('a second reading also shows what came since, and a restart is no negative number', () => {
  const { all } = METRICS;
  const before = { ...METRICS, all: { ...all, requests: { '2xx': 60, '401': 500, '5xx': 10 } } };
  const lines = formatNumbers(METRICS, before).split('\n');
  const row = (name: string) => lines.find((line) => line.startsWith(name))?.split(/ {2,}/);
  assert.match(lines[0] ?? '', /SINCE THE LAST$/);
  assert.equal(row('  2xx')?.at(-1), '40');
  assert.equal(row('  401')?.at(-1), '100');
  assert.equal(row('  5xx')?.at(-1), '0');
});
