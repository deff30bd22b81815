import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFinding } from '../../src/domain/finding.ts';
import { readHistoryLine, readState } from '../../src/health/model/state.ts';
import { createRuns, result } from './evaluation/runs.ts';

const WEIGHTS = [
  ['unhealthy', 'error'],
  ['unknown', 'unknown'],
  ['degraded', 'warning'],
  ['note', 'note'],
] as const;

test('a state with weights instead of severities is read, and so is its line of the history', () => {
  const { state, line } = createRuns().run([result('pods', 'unhealthy')]);
  const { pods } = state.checks;
  assert.ok(pods !== undefined);
  const said = { cause: 'tcp', text: 'no answer', advice: 'look at the pods' };
  const findings = WEIGHTS.map(([weight]) => ({ weight, ...said }));
  const old = { ...state, checks: { pods: { ...pods, findings } } };
  const expected = WEIGHTS.map(([, severity]) =>
    createFinding(severity, 'tcp', said.text, said.advice),
  );
  assert.deepEqual(readState(old)?.checks.pods, { ...pods, findings: expected });
  const read = readHistoryLine(JSON.stringify({ ...line, state: old }));
  assert.deepEqual(read?.state.checks.pods?.findings, expected);
});

test('a state with findings of neither kind is not read', () => {
  const { state } = createRuns().run([result('pods', 'unhealthy')]);
  const findings = [{ weight: 'grave', cause: 'tcp', text: 'no answer' }];
  assert.equal(
    readState({ ...state, checks: { pods: { ...state.checks.pods, findings } } }),
    undefined,
  );
});
