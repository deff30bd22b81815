import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsTable } from '../../../src/domain/step.ts';
import { describeUndone, proofVerdict } from '../../../src/access/model/report/report.ts';
import type { Step, StepOutcome } from '../../../src/domain/step.ts';

function step(name: string, outcome: StepOutcome): Step {
  return {
    name,
    outcome,
    detail: '',
    durationMs: 1,
  };
}
const review = step('review', 'passed');

const VERDICTS: readonly (readonly [
  string,
  readonly Step[],
  ReturnType<typeof proofVerdict>,
  (readonly string[] | undefined)?,
  (readonly string[])?,
])[] = [
  ['nothing', [], 'unproven'],
  ['a review alone', [review], 'unproven', ['review', 'pull team-a']],
  ['a review with nothing to prove', [step('review', 'not-applicable')], 'unproven', ['review']],
  ['a pull', [review, step('pull team-a', 'passed')], 'proven'],
  [
    'a pull, and a refusal that another binding makes void',
    [review, step('pull team-a', 'passed'), step('push team-a refused', 'not-applicable')],
    'proven',
    undefined,
    ['push team-a refused'],
  ],
  [
    'a refusal after a revocation that another binding makes void, beside one that passed',
    [review, step('pull a refused', 'passed'), step('pull b refused', 'not-applicable')],
    'unproven',
  ],
  [
    'a login that passed, without the pull that was expected',
    [review, step('login', 'passed')],
    'unproven',
    ['review', 'login', 'pull team-a'],
  ],
  [
    'a pull that passed once and was not applicable another time',
    [step('pull a', 'passed'), step('pull a', 'not-applicable')],
    'unproven',
    ['pull a'],
  ],
  [
    'a pull, and a push that was not tried',
    [step('pull a', 'passed'), step('push a', 'not-tried')],
    'unproven',
  ],
  ['a review without any try', [review, step('login', 'not-tried')], 'unproven'],
  [
    'a failure among all others',
    [step('pull a', 'passed'), step('push a', 'failed'), step('metrics', 'not-tried')],
    'failed',
  ],
];

for (const [what, steps, verdict, expected, mayBeMoot = []] of VERDICTS) {
  test(`${what} is ${verdict}`, () => {
    const names = expected ?? steps.map(({ name }) => name);
    assert.equal(proofVerdict(steps, { steps: names, mayBeMoot }), verdict);
  });
}

test('the table of steps has one row a step, and one for what is under way', () => {
  const steps = [
    { ...step('review', 'passed'), detail: 'allows pull:team-a', durationMs: 12 },
    { ...step('push team-a', 'failed'), detail: '401', cause: 'forbidden' as const },
    step('metrics', 'not-tried'),
    step('outside', 'not-applicable'),
  ];
  assert.equal(
    stepsTable(steps, 'proof'),
    [
      '| step | outcome | what came of it | took |',
      '|---|---|---|---|',
      '| review | passed | allows pull:team-a | 12 ms |',
      '| push team-a | **failed** (forbidden) | 401 | 1 ms |',
      '| metrics | not tried |  | 1 ms |',
      '| outside | not applicable |  | 1 ms |',
      '| proof | running | | |',
    ].join('\n'),
  );
});

test('a detail with pipes and line breaks stays in its cell', () => {
  const table = stepsTable([{ ...step('pull', 'failed'), detail: 'a | b\r\n  c\n\nd' }]);
  assert.equal(table.split('\n').length, 3);
  assert.ok(table.endsWith('| pull | **failed** | a \\| b c d | 1 ms |'), table);
});

test('only an undone step is reported as gone', () => {
  assert.equal(
    describeUndone({ state: 'undone', left: [] }),
    'everything that this run made is gone',
  );
  assert.equal(describeUndone({ state: 'nothing-made', left: [] }), 'nothing had been granted yet');
  const left = [
    { what: 'RoleBinding team-a/x', why: '401' },
    { what: 'tokens', why: 'no worker' },
  ];
  assert.equal(
    describeUndone({ state: 'left', left }),
    'not everything could be undone: RoleBinding team-a/x (401); tokens (no worker)',
  );
});
