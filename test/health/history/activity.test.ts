import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createHealthHistoryActivities } from '../../../activities/health/history.ts';
import { createFolderArchive } from '../../../src/archive/folder.ts';
import type { HistoryLine } from '../../../src/health/model/state.ts';
import { historyFolder, historyKey } from '../../../src/health/history/days.ts';

const KEEP_DAYS = 30;
const NOW = '2026-11-24T12:00:00.000Z';

function open(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-history-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse(NOW) });
  const archive = createFolderArchive(folder);
  const activities = createHealthHistoryActivities({ archive, keepDays: KEEP_DAYS });
  const activity = new MockActivityEnvironment();
  const remember = (at: string, { target = 'prod', sweep = false } = {}) =>
    activity.run(() => activities.recordHealth({ line: lineOf(target, at), sweep }));
  const recall = (target: string): ReturnType<typeof activities.readLastHealth> =>
    activity.run(() => activities.readLastHealth({ target }));
  const keys = async (target: string) => {
    const found: string[] = [];
    const { signal } = new AbortController();
    for await (const { key } of archive.list(historyFolder(target), signal)) found.push(key);
    return found.sort();
  };
  return { archive, remember, recall, keys };
}

function lineOf(target: string, at: string): HistoryLine {
  const state = { target, at, verdict: 'healthy', since: at, checks: {} } as const;
  return { state, runId: `run at ${at}`, measurements: {}, told: [] };
}

function days(...all: readonly string[]) {
  return all.map((day) => historyKey('prod', day));
}

test('the first run of a day deletes the days that are too old, and those alone', async (t) => {
  const { remember, keys } = open(t);
  const kept = ['2026-10-25', '2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'];
  for (const day of ['2026-09-01', '2026-10-24', ...kept]) await remember(`${day}T12:00:00.000Z`);
  const swept = await remember('2026-11-24T00:00:30.000Z', { sweep: true });
  // 30 days before the 24th of November is the 25th of October.
  assert.deepEqual(await keys('prod'), days(...kept, '2026-11-24'));
  assert.deepEqual(swept, { removed: 2, held: 0 });
});

test('of days that are too old no more than a quarter goes at once, and that is told', async (t) => {
  const { remember, keys } = open(t);
  const old = Array.from({ length: 9 }, (_, index) => `2026-01-0${index + 1}`);
  for (const day of old) await remember(`${day}T12:00:00.000Z`);
  assert.deepEqual(await remember('2026-11-24T00:00:30.000Z'), { removed: 0, held: 0 });
  const swept = await remember('2026-11-24T00:00:40.000Z', { sweep: true });
  assert.deepEqual(swept, { removed: 2, held: 7 });
  assert.deepEqual(await keys('prod'), days(...old.slice(2), '2026-11-24'));
});

test('a later run of the day deletes nothing', async (t) => {
  const { remember, keys } = open(t);
  await remember('2026-09-01T12:00:00.000Z');
  await remember('2026-11-24T00:01:30.000Z');
  assert.deepEqual(await keys('prod'), days('2026-09-01', '2026-11-24'));
});

test('what belongs to another target, or is no day of a history, stays', async (t) => {
  const { archive, remember, keys } = open(t);
  await remember('2026-09-01T12:00:00.000Z', { target: 'prod-2' });
  const notes = `${historyFolder('prod')}2026-09-01.notes.txt`;
  await archive.put(notes, 'written by a person');
  await remember('2026-11-24T00:00:30.000Z', { sweep: true });
  assert.deepEqual(await keys('prod-2'), [historyKey('prod-2', '2026-09-01')]);
  assert.deepEqual(await keys('prod'), [notes, ...days('2026-11-24')].sort());
});

test('the last run is recalled from the newest day that holds one', async (t) => {
  const { archive, remember, recall } = open(t);
  await remember('2026-11-22T23:59:00.000Z');
  await remember('2026-11-23T00:00:00.000Z');
  await remember('2026-11-23T23:59:00.000Z');
  // Cut off, as by a full disk.
  await archive.append(historyKey('prod', '2026-11-24'), '{"state":{"target":"prod","at":"20');
  assert.equal((await recall('prod')).state?.at, '2026-11-23T23:59:00.000Z');
  assert.deepEqual(await recall('test'), {});
});

test('a run of the future is refused: every day before it would go, and it would be recalled for ever', async (t) => {
  const { remember, recall, keys } = open(t);
  await remember('2026-11-24T11:59:00.000Z');
  await assert.rejects(remember('2036-11-24T12:00:00.000Z', { sweep: true }), {
    type: 'InvalidRequest',
    nonRetryable: true,
  });
  assert.deepEqual(await keys('prod'), days('2026-11-24'));
  assert.equal((await recall('prod')).state?.at, '2026-11-24T11:59:00.000Z');
});

test('a target that would lead to another part of the archive is refused', async (t) => {
  const { remember, recall, archive } = open(t);
  for (const target of ['../reports/onboard', 'prod/..', 'Prod', '']) {
    await assert.rejects(remember('2026-11-24T11:59:00.000Z', { target }), {
      type: 'InvalidRequest',
    });
    await assert.rejects(recall(target), { type: 'InvalidRequest' });
  }
  const { signal } = new AbortController();
  for await (const { key } of archive.list('', signal)) assert.fail(key);
});
