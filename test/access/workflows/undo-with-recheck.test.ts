import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Left } from '../../../src/access/model/report/report.ts';
import { undoWithRecheck } from '../../../workflows/access/undo/undo-with-recheck.ts';
import type { Round } from '../../../workflows/access/undo/limits.ts';
import type { UndoRuntime } from '../../../workflows/access/undo/try-undo.ts';
import type { UndoWatch } from '../../../workflows/access/undo/undo.ts';

const [N1, N2] = ['RoleBinding n1/a', 'RoleBinding n2/b'];
const KEPT: Left = { what: N1, why: 'not ours any more: bob was added' };
const RUNTIME: UndoRuntime = { pause: async () => undefined, shielded: (act) => act() };

type Answer = () => unknown;
function says(removed: readonly string[], kept: readonly Left[] = []): Answer {
  return () => ({ removed, kept, attempt: 1 });
}
function throws(error: Error): Answer {
  return () => {
    throw error;
  };
}
function failure(cause: Error) {
  return new ActivityFailure(
    'it failed',
    'undoGrants',
    '1',
    'MAXIMUM_ATTEMPTS_REACHED',
    undefined,
    cause,
  );
}
const refused = throws(failure(ApplicationFailure.create({ type: 'Forbidden', message: 'no' })));
const abandoned = throws(failure(new CancelledFailure('cancelled')));

async function undo(
  answers: readonly Answer[],
  {
    unansweredAt,
    gone = [],
  }: { readonly unansweredAt?: number; readonly gone?: readonly string[] } = {},
) {
  const rounds: Round[] = [];
  const awaited: (readonly string[])[] = [];
  const watch: UndoWatch = {
    ended: () => undefined,
    overdue: () => undefined,
    awaiting: (_name, _until, removed) => void awaited.push(removed),
    findRemaining: async (left) => left.filter(({ what }) => !gone.includes(what)),
  };
  const run = async (round: Round) => {
    rounds.push(round);
    return (answers[rounds.length - 1] ?? assert.fail('tried once too often'))();
  };
  const mayLeave = () => [N1, N2];
  const begun = { name: 'grants', patience: 'for-ever', run, mayLeave, unansweredAt } as const;
  const what = await undoWithRecheck(begun, watch, RUNTIME);
  return { ...what, tries: rounds.length, rounds, awaited };
}

test('an undo runs once if every write got a response', async () => {
  const { removed, left, tries } = await undo([says([N1, N2])]);
  assert.deepEqual({ removed, left, tries }, { removed: [N1, N2], left: [], tries: 1 });
});

test('a changed object does not stop the second check for late writes', async () => {
  const answers = [says([], [KEPT]), says([N2], [KEPT])];
  const { removed, left, tries, awaited } = await undo(answers, { unansweredAt: Date.now() });
  assert.deepEqual({ removed, left, tries }, { removed: [N2], left: [KEPT], tries: 2 });
  assert.deepEqual(awaited, [[]]);
});

test('what the second check removed is not reported as left; what it did not find is', async () => {
  const [both, one] = [[KEPT, { ...KEPT, what: N2 }], [{ ...KEPT, what: N2, why: 'still' }]];
  const late = { unansweredAt: Date.now() };
  assert.deepEqual((await undo([says([], both), says([N1], one)], late)).left, one);
  assert.deepEqual((await undo([says([], [KEPT]), says([N2])], late)).left, [KEPT]);
});

test('an abandoned undo is tried once more, for less than half a minute, and that may succeed', async () => {
  const { left, removed, rounds } = await undo([abandoned, says([N2])]);
  assert.deepEqual({ left, removed }, { left: [], removed: [N2] });
  assert.equal(rounds[1]?.retry?.maximumAttempts, 1);
  assert.equal(rounds[1]?.scheduleToCloseTimeout, 20_000);
});

test('an abandoned undo leaves only what still stands, with the last error', async () => {
  const { left, mayBeMore } = await undo([abandoned, refused], { gone: [N1] });
  assert.deepEqual(left, [{ what: N2, why: 'given up by hand; the last error: no' }]);
  assert.equal(mayBeMore, true);
});

test('an abandoned undo does not wait: a write that may arrive late is reported as left', async () => {
  const { left, tries } = await undo([abandoned, says([N1])], { unansweredAt: Date.now() });
  assert.equal(tries, 2);
  assert.deepEqual(
    left.map(({ what }) => what),
    [N1, N2],
  );
  assert.match(left[0]?.why ?? '', /may still arrive/);
});

test('a bug of the workflow is not a failure of the undo: it is thrown', async () => {
  const fault = new TypeError('maximumInterval cannot be less than its initialInterval');
  await assert.rejects(undo([throws(fault)]), fault);
  await assert.rejects(undo([abandoned, throws(fault)]), fault);
});
