import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATE_BYTES } from '../../../src/health/model/state.ts';
import { CHECKS } from '../../../src/health/model/checks.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { CheckResult } from '../../../src/health/model/checks.ts';
import { createRuns, result } from './runs.ts';

function bytes(value: unknown) {
  return Buffer.byteLength(JSON.stringify(value));
}

// Characters of three bytes, which JSON leaves as they are, and one that it doubles.
const long = `${'€'.repeat(500)}"`;

function findings(count: number): readonly Finding[] {
  return Array.from({ length: count }, () => ({
    severity: 'error' as const,
    cause: 'rate-limited' as const,
    text: long,
    advice: long,
  }));
}

function worst(memory: unknown): readonly CheckResult[] {
  return CHECKS.map((check) =>
    result(check, 'unhealthy', { findings: findings(20), durationMs: 119_999.123_456, memory }),
  );
}

const CASES: readonly (readonly [string, unknown])[] = [
  ['no memory', undefined],
  ['a memory of 580 bytes each', { text: 'x'.repeat(570) }],
  ['a memory of a megabyte each', { text: 'x'.repeat(1_000_000) }],
  ['a memory of many small things', Array.from({ length: 5_000 }, (_, index) => index)],
];

for (const [what, memory] of CASES) {
  test(`a state stays within ${STATE_BYTES} bytes in the worst case: ${what}`, () => {
    const runs = createRuns();
    const target = 'unhealthy';
    for (let index = 0; index < 60; index += 1) {
      const { state } = runs.run(
        index % 7 === 6
          ? CHECKS.map((check) => result(check, 'unknown', { findings: findings(9), memory }))
          : worst(memory),
      );
      assert.ok(bytes(state) <= STATE_BYTES, `${bytes(state)} bytes in run ${index}`);
    }
    assert.equal(runs.state().verdict, target);
    assert.ok(runs.state().checks.pods?.told !== undefined);
  });
}

test('what is small enough is kept as it is', () => {
  const runs = createRuns();
  const memory = { replicas: { a: [1, 2, 3], b: [4, 5, 6] } };
  const { state } = runs.run(CHECKS.map((check) => result(check, 'degraded', { memory })));
  for (const check of CHECKS) {
    assert.deepEqual(state.checks[check]?.memory, memory);
    assert.deepEqual(state.checks[check]?.findings, result(check, 'degraded').findings);
  }
});

test('the check that remembers too much forgets, and not the others', () => {
  const runs = createRuns();
  const { state } = runs.run([
    result('pods', 'healthy', { memory: { restarts: 3 } }),
    result('metrics', 'healthy', { memory: 'x'.repeat(6_000) }),
  ]);
  assert.deepEqual(state.checks.pods?.memory, { restarts: 3 });
  assert.equal(state.checks.metrics?.memory, undefined);
});

test('a finding that has to go is a note before it is a fault', () => {
  const runs = createRuns();
  const note: Finding = { severity: 'note', cause: 'configuration', text: long };
  const fault: Finding = { severity: 'error', cause: 'storage', text: 'the store is full' };
  const memory = 'x'.repeat(560);
  const { state } = runs.run(
    CHECKS.map((check) => result(check, 'unhealthy', { findings: [note, fault], memory })),
  );
  for (const check of CHECKS) {
    assert.deepEqual(
      state.checks[check]?.findings.map(({ text }) => text),
      [fault.text],
    );
  }
});
