import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evaluation } from '../../src/health/model/evaluation.ts';
import { linkLogs } from '../../workflows/health/capture-logs.ts';
import { createRuns, result } from './evaluation/runs.ts';

const LOGS = 'logs/prod/failure-2026-11-24T06:40:00.000Z';

/** Runs until the write path goes down; the pods are degraded in the same runs. */
function goDown(): Evaluation {
  const runs = createRuns();
  const well = [result('write-path', 'healthy'), result('pods', 'healthy')];
  const ill = [result('write-path', 'unhealthy'), result('pods', 'degraded')];
  for (let run = 0; run < 3; run += 1) runs.run(well);
  for (let run = 0; run < 2; run += 1) runs.run(ill);
  return runs.run(ill);
}

test('the logs around a failure are named in the alert about what went down, and in no other', () => {
  const judged = goDown();
  assert.deepEqual(judged.wentDown, ['write-path']);
  const { alerts, open } = linkLogs(judged, LOGS);
  const named = Object.fromEntries(alerts.map(({ check, state, logs }) => [check, [state, logs]]));
  assert.deepEqual(named, { pods: ['firing', undefined], 'write-path': ['firing', LOGS] });
  for (const { check, logs } of open) {
    assert.equal(logs, check === 'write-path' ? LOGS : undefined, check);
  }
});

test('the state keeps them for what is told later', () => {
  const judged = goDown();
  const { checks } = linkLogs(judged, LOGS).state;
  assert.equal(checks['write-path']?.told?.logs, LOGS);
  assert.equal(checks.pods?.told?.logs, undefined);
  assert.ok(checks.pods?.told, 'the pods were told of, too');
});

test('what is judged is otherwise left as it is', () => {
  const judged = goDown();
  const { wentDown, line, state } = linkLogs(judged, LOGS);
  assert.deepEqual(wentDown, judged.wentDown);
  assert.deepEqual(line, judged.line);
  assert.equal(state.verdict, judged.state.verdict);
  assert.deepEqual(Object.keys(state.checks), Object.keys(judged.state.checks));
});
