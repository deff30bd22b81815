import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../../src/health/model/checks.ts';
import { STATE_BYTES } from '../../../src/health/model/state.ts';
import { createRuns, result } from './runs.ts';

const WEEK = 10_080;
// Further apart than flapping looks back: what is nearer than this is one trouble.
const APART = 30;

interface Fault {
  readonly kind: 'single' | 'blip' | 'outage' | 'blind';
  readonly from: number;
  readonly runs: number;
}

for (const seed of [1, 2, 3, 4, 5]) {
  test(`a week of ${WEEK} runs with a list of faults (seed ${seed}): each outage is told once, nothing else`, () => {
    const faults = faultsOf(seed);
    const kinds = new Set(faults.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ['blind', 'blip', 'outage', 'single']);
    const expected = faults.flatMap(({ kind, from, runs }) => {
      if (kind !== 'outage') return [];
      return [`${from + 2}:firing`, `${from + runs + 1}:resolved`];
    });
    const { told, biggest } = live(faults);
    assert.deepEqual(told, expected);
    assert.ok(biggest <= STATE_BYTES);
  });
}

test('a week of stray failures alone, one in forty runs, is not one alert', () => {
  const faults = Array.from({ length: 250 }, (_, index): Fault => {
    return { kind: 'single', from: 20 + index * 40, runs: 1 };
  });
  assert.deepEqual(live(faults).told, []);
});

function live(faults: readonly Fault[]): {
  readonly told: readonly string[];
  readonly biggest: number;
} {
  const found = new Map<number, Verdict>();
  for (const { kind, from, runs } of faults) {
    const verdict = kind === 'blind' ? 'unknown' : 'unhealthy';
    for (let index = from; index < from + runs; index += 1) found.set(index, verdict);
  }
  const runs = createRuns({ remindEveryHours: 0 });
  const told: string[] = [];
  let biggest = 0;
  for (let index = 0; index < WEEK; index += 1) {
    const { alerts, state } = runs.run([
      result('pods', 'healthy', { memory: { restarts: index } }),
      result('write-path', found.get(index) ?? 'healthy'),
    ]);
    told.push(...alerts.map((alert) => `${index}:${alert.state}`));
    biggest = Math.max(biggest, Buffer.byteLength(JSON.stringify(state)));
  }
  return { told, biggest };
}

function faultsOf(seed: number): readonly Fault[] {
  const random = createRandom(seed);
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const faults: Fault[] = [];
  for (let at = between(20, 100); at < WEEK - 200;) {
    const kind =
      (['single', 'single', 'blip', 'outage', 'blind'] as const)[between(0, 4)] ?? 'single';
    const runs = { single: 1, blip: 2, outage: between(3, 120), blind: between(1, 2) }[kind];
    faults.push({ kind, from: at, runs });
    at += runs + APART + between(0, 200);
  }
  return faults;
}

// A linear congruence: the same faults for the same seed on every machine.
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
