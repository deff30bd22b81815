import type { Left } from '../../../src/access/model/report/report.ts';
import { leftBy, WORKFLOW_RUNTIME, tryUndo } from './try-undo.ts';
import type { UndoRuntime, UndoAttempt } from './try-undo.ts';
import type { StartedUndo, UndoResult, UndoWatch } from './undo.ts';

/**
 * A write that had no answer may still arrive: the API server works on a request for up to 60 s after
 * its client has gone (--request-timeout), and a proxy in between may delay it as long.
 */
const LATE_WRITE_MS = 90_000;

/**
 * Undoes once. If a write had no answer, undoes once more when the write must have arrived, whatever the first
 * undo has left.
 */
export async function undoWithRecheck(
  undo: StartedUndo,
  watch: UndoWatch,
  runtime: UndoRuntime = WORKFLOW_RUNTIME,
): Promise<UndoResult> {
  const began = Date.now();
  const first = await tryUndo(undo, watch, runtime);
  const { removed, mayBeMore, left } =
    undo.unansweredAt === undefined
      ? first
      : await recheck(undo, watch, { first, until: undo.unansweredAt + LATE_WRITE_MS, runtime });
  const result = { removed, mayBeMore, left, ms: Date.now() - began };
  watch.ended(undo.name, result);
  return result;
}

interface RecheckContext {
  readonly first: UndoAttempt;
  readonly until: number;
  readonly runtime: UndoRuntime;
}

async function recheck(
  undo: StartedUndo,
  watch: UndoWatch,
  { first, until, runtime }: RecheckContext,
): Promise<UndoAttempt> {
  const { abandonedAt } = first;
  if (abandonedAt !== undefined) return abandonedAt < until ? withLate(undo, first) : first;
  watch.awaiting(undo.name, until, first.removed);
  try {
    const summary = 'wait for a write that had no answer, then check again';
    await runtime.pause(Math.max(1, until - Date.now()), { summary });
  } catch {
    return withLate(undo, first);
  }
  const second = await tryUndo(undo, watch, runtime);
  const isUnseen = ({ what }: Left) =>
    !second.removed.includes(what) && second.left.every((each) => each.what !== what);
  // If only the first undo gave up, the second knows better what is left.
  const known = first.gaveUp && !second.gaveUp ? [] : first.left.filter(isUnseen);
  return {
    removed: [...first.removed, ...second.removed],
    mayBeMore: first.mayBeMore || second.mayBeMore,
    left: [...known, ...second.left],
    gaveUp: second.gaveUp,
  };
}

function withLate(undo: StartedUndo, { left, ...attempt }: UndoAttempt): UndoAttempt {
  const why = 'a write had no answer and may still arrive; the undo did not wait for it';
  const late = leftBy(undo, why).filter(({ what }) => left.every((each) => each.what !== what));
  return { ...attempt, left: [...left, ...late] };
}
