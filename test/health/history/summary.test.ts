import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHistory } from '../../../src/cli/health/display/history.ts';
import { sparkline } from '../../../src/cli/health/display/sparkline.ts';
import { missesRuns } from '../../../src/health/model/late.ts';
import { daysBetween, dayOfKey, historyKey } from '../../../src/health/history/days.ts';
import { readLines } from '../../../src/health/history/lines.ts';
import { createSummary } from '../../../src/health/history/summary.ts';
import { createRuns, MINUTE, result, START } from '../evaluation/runs.ts';

test('a part of the time is as bad as its worst run, and as slow as its runs on average', () => {
  const summary = createSummary({
    target: 'prod',
    from: START,
    to: START + 10 * MINUTE,
    buckets: 5,
  });
  const runs = createRuns();
  for (let index = 0; index < 8; index += 1) {
    const verdict = index === 3 ? 'unhealthy' : 'healthy';
    const measurements = { push_ms: 10 * index, replicas_read: 2 };
    const { state, line } = runs.run([result('write-path', verdict, { measurements })]);
    summary.add({ ...line, state });
  }
  const history = summary.result();
  assert.equal(history.runs, 8);
  const [check] = history.checks;
  assert.deepEqual(check?.found, ['healthy', 'unhealthy', 'healthy', 'healthy', null]);
  assert.equal(check?.counts.unhealthy, 1);
  assert.deepEqual(check?.latencies, [
    { name: 'push', mean: 35, max: 70, means: [5, 25, 45, 65, null] },
  ]);
  const text = formatHistory(history, true);
  assert.match(text, /write-path +▁█▁▁ {3}87\.5 % healthy, 1 unhealthy/);
  assert.match(text, /push +▁▄▆█/);
  assert.doesNotMatch(formatHistory(history, false), /push/);
});

test('a week of runs is summed up in an answer that stays small', () => {
  const to = START + 10_080 * MINUTE;
  const summary = createSummary({ target: 'prod', from: START, to, buckets: 10_000 });
  const { state, line } = createRuns().run([result('pods', 'degraded')]);
  for (let index = 0; index < 10_080; index += 1) {
    const at = new Date(START + index * MINUTE).toISOString();
    summary.add({ ...line, state: { ...state, at }, told: ['pods firing'] });
  }
  const history = summary.result();
  assert.equal(history.runs, 10_080);
  assert.equal(history.events.length, 50);
  assert.ok(JSON.stringify(history).length < 40_000);
});

test('a history without a run says what to look at', () => {
  const none = createSummary({ target: 'prod', from: START, to: START + MINUTE, buckets: 3 });
  assert.match(formatHistory(none.result(), true), /purser health schedule list/);
});

test('lines come whole, however they are cut up', async () => {
  const text = Buffer.from('a€b\n\ncd\nrest');
  for (const size of [1, 2, 3, 100]) {
    const pieces = async function* () {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    };
    const lines: string[] = [];
    for await (const line of readLines(pieces())) lines.push(line);
    assert.deepEqual(lines, ['a€b', '', 'cd', 'rest']);
  }
});

test('a day has a key, and a key a day', () => {
  assert.equal(historyKey('prod', '2026-11-24'), 'health/prod/2026-11-24.jsonl');
  assert.equal(dayOfKey('health/prod/2026-11-24.jsonl'), '2026-11-24');
  assert.equal(dayOfKey('health/prod/notes.txt'), undefined);
  const from = Date.parse('2026-12-31T23:59:00Z');
  assert.deepEqual(daysBetween(from, from + 2 * MINUTE), ['2026-12-31', '2027-01-01']);
});

test('bars are as tall as their share of the biggest', () => {
  assert.equal(sparkline([0, 50, null, 100]), '▁▅ █');
  assert.equal(sparkline([0, 0]), '▁▁');
  assert.equal(sparkline([]), '');
});

test('runs are missing when more than two did not happen', () => {
  const late = (ms: number, everyMs: number | undefined) =>
    missesRuns(new Date(START).toISOString(), new Date(START + ms), everyMs);
  assert.equal(late(3 * MINUTE, MINUTE), false);
  assert.equal(late(3 * MINUTE + 1, MINUTE), true);
  assert.equal(late(100 * MINUTE, undefined), false);
});
