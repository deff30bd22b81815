import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Left } from '../../../src/access/model/report/report.ts';
import { describeLastError } from './late-writes.ts';
import { LAST_TRY, limitsOf } from './limits.ts';
import type { UndoResult, Undo, UndoWatch } from './undo.ts';

const PAUSE_MS = 10_000;

/** What an undo needs of Temporal besides its activities. */
export interface UndoRuntime {
  /** Waits; throws if the undo is abandoned meanwhile. */
  readonly pause: (ms: number, options: { readonly summary: string }) => Promise<void>;
  /** Runs a function to its end, even if the undo is abandoned. */
  readonly shielded: <T>(act: () => Promise<T>) => Promise<T>;
}

/** Temporal's own, for a workflow. */
export const WORKFLOW_RUNTIME: UndoRuntime = {
  pause: sleep,
  shielded: (act) => CancellationScope.nonCancellable(act),
};

/** The result of trying an undo. */
export interface UndoAttempt extends Omit<UndoResult, 'ms'> {
  /** Whether it was given up: then `left` is what it may have left, as far as Purser knows. */
  readonly gaveUp: boolean;
  /** When it was abandoned, in milliseconds of the epoch. */
  readonly abandonedAt?: number;
}

/**
 * Tries an undo for as long as its patience lasts, or until it is abandoned. Throws only for a bug of the
 * workflow itself: Temporal then retries the workflow task until a version without the bug runs.
 */
export async function tryUndo(
  undo: Undo,
  watch: UndoWatch,
  runtime: UndoRuntime,
): Promise<UndoAttempt> {
  for (let round = 0; ; round += 1) {
    try {
      if (round > 0)
        await runtime.pause(PAUSE_MS, { summary: `pause before the next round: ${undo.name}` });
      const isEndless = undo.patience === 'for-ever';
      const limits = isEndless ? limitsOf(round, () => workflowInfo().historyLength) : {};
      return attemptOf(await undo.run(limits), round);
    } catch (error) {
      if (isCancellation(error)) return abandon(undo, watch, runtime);
      if (!(error instanceof ActivityFailure)) throw error;
      const { type, message } = describeLastError(error);
      log.error('an undo failed', { undo: undo.name, round, type });
      const isEndless = undo.patience === 'for-ever' && type !== 'InvalidRequest';
      if (!isEndless) return abandonedWith(leftBy(undo, message));
      watch.overdue(undo.name, leftBy(undo, message));
    }
  }
}

/** Each thing that the undo may leave, with the reason. */
export function leftBy({ name, mayLeave }: Undo, why: string): readonly Left[] {
  const named = mayLeave?.() ?? [];
  return (named.length === 0 ? [name] : named).map((what) => ({ what, why }));
}

// The workflow does not know what the cancelled attempt has removed. So it makes one more attempt. If that
// fails, it asks the cluster what still exists.
async function abandon(
  undo: Undo,
  watch: UndoWatch,
  { shielded }: UndoRuntime,
): Promise<UndoAttempt> {
  const abandonedAt = Date.now();
  const attempt = await shielded(() => tryLast(undo, watch));
  return { ...attempt, abandonedAt };
}

async function tryLast(undo: Undo, watch: UndoWatch): Promise<UndoAttempt> {
  // A bounded undo has limits of its own, which are too long for a caller who waits.
  if (undo.patience !== 'for-ever') {
    const why = 'given up by hand while it was still being tried; the last error is not known';
    return abandonedWith(leftBy(undo, why));
  }
  try {
    return { ...attemptOf(await undo.run(LAST_TRY), 1), gaveUp: false };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const why = `given up by hand; the last error: ${describeLastError(error).message}`;
    return abandonedWith(await watch.findRemaining(leftBy(undo, why)));
  }
}

function abandonedWith(left: readonly Left[]): UndoAttempt {
  return { removed: [], mayBeMore: true, left, gaveUp: true };
}

// An undo reports what it removed, and which attempt did it.
function attemptOf(result: unknown, round: number): UndoAttempt {
  if (typeof result !== 'object' || result === null) {
    return { removed: [], mayBeMore: true, left: [], gaveUp: false };
  }
  const removed = 'removed' in result && Array.isArray(result.removed) ? result.removed : [];
  const isFirst = round === 0 && 'attempt' in result && result.attempt === 1;
  const left = 'kept' in result && Array.isArray(result.kept) ? result.kept : [];
  return { removed: removed.map(String), mayBeMore: !isFirst, left, gaveUp: false };
}
