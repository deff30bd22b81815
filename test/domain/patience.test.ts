import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BACKOFF,
  isOver,
  patienceLeft,
  READ_PATIENCE_MS,
  retryDelay,
} from '../../src/domain/patience.ts';

const MINUTES = 60_000;

const DELAYS = [
  // attempt, asked for, pause
  [1, undefined, undefined],
  [1, 0, 1_000],
  [1, 1_000, 1_000],
  [3, 1_000, 4_000],
  [9, 1_000, 15_000],
  [9, 60_000, 60_000],
  [5_000, 1_000, 15_000],
] as const;

for (const [attempt, asked, pause] of DELAYS) {
  test(`after attempt ${attempt} and a Retry-After of ${asked ?? 'nothing'} the pause is ${pause ?? 'as usual'}`, () => {
    assert.equal(retryDelay(attempt, asked), pause);
  });
}

test('with a Retry-After of one second, a server that is overrun is asked for all of the patience', () => {
  let now = 0;
  let attempt = 1;
  while (!isOver(15 * MINUTES, { attempt, scheduledAt: 0 }, now)) {
    now += retryDelay(attempt, 1_000) ?? 0;
    attempt += 1;
  }
  assert.ok(now >= 15 * MINUTES && now < 16 * MINUTES, `${now} ms`);
  assert.ok(attempt < 100, `${attempt} attempts`);
});

test('patience counts from the first schedule, and ends then', () => {
  assert.equal(isOver(10_000, { attempt: 5, scheduledAt: 100 }, 10_099), false);
  assert.equal(isOver(10_000, { attempt: 5, scheduledAt: 100 }, 10_100), true);
});

test('a step that no worker took for an hour is tried for a minute and a half all the same', () => {
  const standing = (attempt: number) => ({ attempt, scheduledAt: 0 });
  assert.equal(isOver(15 * MINUTES, standing(1), 60 * MINUTES), false);
  assert.equal(isOver(15 * MINUTES, standing(9), 60 * MINUTES), false);
  assert.equal(isOver(15 * MINUTES, standing(10), 60 * MINUTES), true);
});

test('patience without an end does not end', () => {
  assert.equal(isOver(Infinity, { attempt: 4_000, scheduledAt: 0 }, 90 * 24 * 60 * MINUTES), false);
});

const LENGTHS = [
  [15 * MINUTES, 300_000],
  [READ_PATIENCE_MS, 300_000],
  [READ_PATIENCE_MS, 7_000],
  [60_000, 59_000],
] as const;

for (const [patience, asked] of LENGTHS) {
  test(`a Retry-After of ${asked} ms does not stretch a patience of ${patience} ms`, () => {
    let now = 0;
    let attempt = 1;
    while (!isOver(patience, { attempt, scheduledAt: 0, begunAt: 0 }, now)) {
      const left = patienceLeft(patience, { attempt, scheduledAt: 0, begunAt: 0 }, now);
      now += retryDelay(attempt, asked, left) ?? 0;
      attempt += 1;
    }
    assert.ok(now >= patience && now <= patience + BACKOFF.atMostMs, `${now} ms`);
  });
}

test('a step that stood in the queue is tried for a minute and a half from its beginning', () => {
  const standing = { attempt: 2, scheduledAt: 0, begunAt: 60 * MINUTES };
  assert.equal(isOver(15 * MINUTES, standing, 61 * MINUTES), false);
  assert.equal(patienceLeft(15 * MINUTES, standing, 61 * MINUTES), 30_000);
  assert.equal(isOver(15 * MINUTES, standing, 61.5 * MINUTES), true);
});
