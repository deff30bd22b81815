import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluatePods } from '../../../src/health/pods.ts';
import type { Pod } from '../../../src/health/pods.ts';
import { severitiesOf } from './severities.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
function pod(name: string, given: Partial<Pod> = {}): Pod {
  return {
    name,
    phase: 'Running',
    isReady: true,
    isEnding: false,
    restarts: 0,
    waiting: undefined,
    lastEnd: undefined,
    node: name,
    createdAt: '2026-11-24T09:00:00Z',
    ...given,
  };
}

const LOOP = { isReady: false, waiting: 'CrashLoopBackOff', restarts: 7 } as const;
const YOUNG = { isReady: false, phase: 'Pending', createdAt: '2026-11-24T11:59:30Z' } as const;

describe('pods', () => {
  for (const [what, pods, memory, expected] of [
    ['two that are ready, on two nodes', [pod('a'), pod('b')], { a: 0, b: 0 }, []],
    ['none at all', [], {}, ['error not-found']],
    ['only one that is ending', [pod('a', { isEnding: true })], {}, ['error not-found']],
    [
      'one that is not ready, and alone',
      [pod('a', { isReady: false })],
      {},
      ['error not-ready', 'note not-ready'],
    ],
    [
      'one of two that is not ready',
      [pod('a'), pod('b', { isReady: false })],
      {},
      ['warning not-ready'],
    ],
    ['one of two that has just been made', [pod('a'), pod('b', YOUNG)], {}, ['note not-ready']],
    [
      'all on one node',
      [pod('a', { node: 'n' }), pod('b', { node: 'n' })],
      {},
      ['note configuration'],
    ],
    [
      'one that restarted',
      [pod('a', { restarts: 3, lastEnd: 'Error' })],
      { a: 1 },
      ['warning crash-loop'],
    ],
    [
      'one that ran out of memory',
      [pod('a', { restarts: 2, lastEnd: 'OOMKilled' })],
      { a: 1 },
      ['warning out-of-memory'],
    ],
    ['restarts of long ago', [pod('a', { restarts: 3, lastEnd: 'OOMKilled' })], { a: 3 }, []],
    ['restarts before the first look', [pod('a', { restarts: 3 })], undefined, []],
    [
      'a new pod that has restarted already',
      [pod('a'), pod('b', { restarts: 2 })],
      { a: 0 },
      ['warning crash-loop'],
    ],
    [
      'a pod of the same name that began anew',
      [pod('a', { restarts: 1 })],
      { a: 5 },
      ['warning crash-loop'],
    ],
    [
      'a crash loop beside one that is ready',
      [pod('a'), pod('b', LOOP)],
      { a: 0, b: 7 },
      ['warning crash-loop'],
    ],
    ['nothing but a crash loop', [pod('a', LOOP)], { a: 7 }, ['error crash-loop']],
    [
      'nothing but a loop for its memory',
      [pod('a', { ...LOOP, lastEnd: 'OOMKilled' })],
      {},
      ['error out-of-memory'],
    ],
    ['a memory that is none of ours', [pod('a', { restarts: 2 })], 'odd', []],
  ] as const) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(severitiesOf(evaluatePods(pods, memory, NOW)), expected);
    });
  }

  test('the table shows restarts with those that are new, the last end, the node and the age', () => {
    const { table, measurements } = evaluatePods(
      [pod('a', { restarts: 3, lastEnd: 'OOMKilled', node: 'n1' })],
      { a: 1 },
      NOW,
    );
    assert.deepEqual(table?.rows, [['a', 'yes', 'Running', '3 (+2)', 'OOMKilled', 'n1', '3h']]);
    assert.deepEqual(measurements, { pods: 1, pods_ready: 1, new_restarts: 2 });
  });
});
