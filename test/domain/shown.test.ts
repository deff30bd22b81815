import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFinding } from '../../src/domain/finding.ts';
import { fitReport } from '../../src/access/model/report/fit.ts';
import { reportSchema } from '../../src/access/model/report/schema.ts';
import { shown, visible } from '../../src/domain/inputs/shown.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import { createSweepTally } from '../../src/access/model/sweep.ts';

const ROWS: readonly (readonly [string, string, string])[] = [
  ['a plain name', 'alice@example.com', 'alice@example.com'],
  ['letters of any script', 'Анна Ж', 'Анна Ж'],
  ['a command to the terminal', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
  ['what turns the direction of writing', 'a\u202eb', 'a\\u{202e}b'],
  ['what has no width', 'a\u200bb', 'a\\u{200b}b'],
  ['a tag beyond 16 bits', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ['half a character', 'a\ud800b', 'a\ufffdb'],
  ['a line break', 'a\nb', 'a b'],
  ['200 characters', 'x'.repeat(200), 'x'.repeat(200)],
  ['a character more', 'x'.repeat(201), `${'x'.repeat(199)}…`],
];
for (const [what, text, expected] of ROWS) {
  test(`${what} is shown so that everybody sees what it is`, () => {
    assert.equal(shown(text), expected);
  });
}

test('a text of any length is shown with 200 characters, and is never half a character', () => {
  for (const text of ['"'.repeat(1_200_000), '\u0000'.repeat(300), '😀'.repeat(500)]) {
    const told = shown(text);
    assert.ok(told.length <= 200, String(told.length));
    assert.ok(told.isWellFormed());
  }
  assert.equal(visible('\u001b'.repeat(3)), '\\u{1b}\\u{1b}\\u{1b}');
});

const LONG = 'z'.repeat(30_000);
const REPORT: Report = {
  workflow: 'revoke',
  workflowId: 'revoke/prod/User/alice',
  runId: '01a20a22-5caf-72ed-915e-ef72b37d5620',
  target: 'prod',
  subject: { kind: 'User', name: 'alice' },
  accesses: ['pull:team-a'],
  claimed: {},
  outcome: 'failed',
  startedAt: '2026-11-24T12:00:00.000Z',
  endedAt: '2026-11-24T12:00:01.000Z',
  steps: [{ name: LONG, outcome: 'passed', detail: LONG, durationMs: 3 }],
  findings: [
    createFinding('warning', 'probe', LONG, LONG),
    createFinding('warning', 'probe', 'short'),
  ],
  grants: [{ access: 'pull:team-a', role: LONG, binding: LONG, made: 'before' }],
  failure: { type: 'Conflict', message: LONG, undone: LONG },
  undone: { state: 'left', left: [{ what: LONG, why: LONG }] },
  next: [LONG],
};

test('a report with texts that are too long is kept with what fits of them', () => {
  assert.equal(reportSchema.safeParse(REPORT).success, false);
  const kept = fitReport(REPORT);
  assert.deepEqual(reportSchema.parse(kept), kept);
  const [long, short] = kept.findings;
  assert.match(long?.text ?? '', /^z{19999}…$/);
  assert.match(long?.advice ?? '', /^z{19999}…$/);
  assert.deepEqual(short, createFinding('warning', 'probe', 'short'));
});

test('a report in which nothing is too long is kept as it is', () => {
  const { failure: _, undone: __, ...rest } = REPORT;
  const findings = [createFinding('note', 'probe', 'a\nb', 'c')];
  const report: Report = { ...rest, steps: [], findings, grants: [], next: [] };
  assert.deepEqual(fitReport(report), report);
});

test('what a sweep found is told in 400 characters at most, and commands no terminal', () => {
  const tally = createSweepTally('binding');
  tally.report({ what: 'RoleBinding a/b', why: `\u001b[2J${'w'.repeat(500)}` });
  tally.cannotLook(`\u202e${'w'.repeat(500)}`);
  const { reported, unseen } = tally.part();
  for (const text of [reported.first[0]?.why ?? '', unseen[0] ?? '']) {
    assert.equal(text.length, 400);
    assert.match(text, /^\\u\{[0-9a-f]+\}/);
  }
});
