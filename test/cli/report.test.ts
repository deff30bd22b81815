import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createFinding } from '../../src/domain/finding.ts';
import { exitCodeOf, formatReport } from '../../src/cli/access/report.ts';
import { stepLine } from '../../src/cli/display/style.ts';
import { formatTable } from '../../src/cli/display/table.ts';
import type { Outcome, Report } from '../../src/access/model/report/report.ts';

const CODES: Readonly<Record<Outcome, number>> = {
  proven: 0,
  'granted-unproven': 3,
  revoked: 0,
  'revoked-unproven': 3,
  'nothing-to-revoke': 0,
  failed: 1,
};

for (const outcome of Object.keys(CODES) as Outcome[]) {
  test(`a report of ${outcome} ends the command with ${CODES[outcome]}`, () => {
    assert.equal(exitCodeOf(outcome), CODES[outcome]);
  });
}

const REPORT: Report = {
  workflow: 'onboard',
  workflowId: 'onboard/prod/User/alice',
  runId: 'r1',
  target: 'prod',
  subject: { kind: 'User', name: 'alice' },
  accesses: ['pull:team-a', 'push:team-b'],
  claimed: {},
  outcome: 'proven',
  startedAt: '2026-11-23T10:00:00.000Z',
  endedAt: '2026-11-23T10:00:01.400Z',
  steps: [
    { name: 'review', outcome: 'passed', detail: 'allows it', durationMs: 12 },
    { name: 'pull team-a', outcome: 'passed', detail: 'app:1', durationMs: 1_300 },
  ],
  findings: [createFinding('note', 'configuration', 'alice holds pull:team-a already')],
  grants: [],
  next: ['run `purser prove`'],
};

function lines(report: Report, shown = 0, places = {}) {
  return stripVTControlCharacters(formatReport(report, places, shown)).split('\n');
}

test('a report tells steps, outcome, findings, what to do next, and where it is kept', () => {
  const places = { location: '/archive/r1.json', link: 'https://temporal.example/r1' };
  assert.deepEqual(lines(REPORT, 0, places), [
    '  ✔ review                     12 ms  allows it',
    '  ✔ pull team-a                1.3 s  app:1',
    '',
    'proven  alice: pull:team-a, push:team-b on prod  (1.4 s)',
    '  note  alice holds pull:team-a already',
    '  next  run `purser prove`',
    '  report    /archive/r1.json',
    '  workflow  https://temporal.example/r1',
    '',
  ]);
});

test('a report of an earlier version, whose findings are texts, is told alike', () => {
  const old: Report = JSON.parse(
    JSON.stringify({ ...REPORT, findings: ['alice holds pull:team-a already'] }),
  );
  assert.deepEqual(lines(old), lines(REPORT));
});

test('nothing in a report commands the terminal', () => {
  const evil = 'a\u001b[2J\u202e\u009bb';
  const told = formatReport(
    {
      ...REPORT,
      subject: { kind: 'User', name: evil },
      outcome: 'failed',
      steps: [{ name: evil, outcome: 'passed', detail: evil, durationMs: 1 }],
      failure: { type: evil, message: evil, undone: evil },
      findings: [createFinding('note', 'probe', evil)],
      next: [evil],
    },
    { location: evil },
    0,
  );
  assert.equal(told.split('a\\u{1b}[2J\\u{202e}\\u{9b}b').length - 1, 9);
  assert.ok(!told.includes('\u001b[2J') && !told.includes('\u202e') && !told.includes('\u009b'));
});

test('steps that are on the screen already are not told again', () => {
  assert.equal(lines(REPORT, 1)[0], '  ✔ pull team-a                1.3 s  app:1');
  assert.equal(lines(REPORT, 2)[0], '');
});

test('a failure tells its type, its message, and what became of the grants', () => {
  const failure = { type: 'ProofFailed', message: 'the push was refused', undone: 'all is undone' };
  const told = lines({ ...REPORT, outcome: 'failed', failure, findings: [], next: [] }, 2);
  assert.deepEqual(told.slice(1, 4), [
    'failed  alice: pull:team-a, push:team-b on prod  (1.4 s)',
    '  ProofFailed: the push was refused',
    '  all is undone',
  ]);
});

test('a run that was cancelled is called so, and not failed', () => {
  const failure = {
    type: 'Cancelled',
    message: 'the workflow was cancelled',
    undone: 'all is gone',
  };
  const told = lines({ ...REPORT, outcome: 'failed', failure, findings: [], next: [] }, 2);
  assert.deepEqual(told.slice(1, 4), [
    'cancelled  alice: pull:team-a, push:team-b on prod  (1.4 s)',
    '  Cancelled: the workflow was cancelled',
    '  all is gone',
  ]);
});

test('a step that failed names its cause, and one that was not tried took no time', () => {
  const step = { name: 'login', detail: 'x', durationMs: 0 } as const;
  const shown = (line: string) => stripVTControlCharacters(line).replaceAll(/ +/g, ' ');
  assert.equal(
    shown(stepLine({ ...step, outcome: 'failed', cause: 'tls' })),
    ' ✘ login 0 ms [tls] x',
  );
  assert.equal(shown(stepLine({ ...step, outcome: 'not-tried' })), ' ○ login x');
});

test("a table's columns are as wide as their widest cell, and no line ends in blanks", () => {
  const rows = [
    ['alice', 'pull:team-a', ''],
    ['ServiceAccount/team-a:ci', 'metrics', 'scrapes'],
  ];
  assert.equal(
    formatTable(['SUBJECT', 'ACCESS', 'REASON'], rows),
    [
      'SUBJECT                   ACCESS       REASON',
      'alice                     pull:team-a',
      'ServiceAccount/team-a:ci  metrics      scrapes',
    ].join('\n'),
  );
});

test('a cell cannot break its line or speak to the terminal', () => {
  const table = formatTable(['A', 'REASON'], [['x', 'one\r\ntwo\u001b[2Jthree\u009b']]);
  assert.equal(table.split('\n').length, 2);
  // oxlint-disable-next-line no-control-regex -- looks for what must not be there
  assert.doesNotMatch(table.replace('\n', ''), /[\u0000-\u001f\u007f-\u009f]/);
});

test('a table without rows is its head', () => {
  assert.equal(formatTable(['A', 'B'], []), 'A  B');
});
