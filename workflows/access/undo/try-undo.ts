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

/** What of Temporal an undo needs besides its activities. */
export interface UndoRuntime {
  /** Waits; throws where the undo is abandoned meanwhile. */
  readonly pause: (ms: number, options: { readonly summary: string }) => Promise<void>;
  /** Runs an act that no abandoning ends. */
  readonly shielded: <T>(act: () => Promise<T>) => Promise<T>;
}

/** The workflow's own. */
export const WORKFLOW_RUNTIME: UndoRuntime = {
  pause: sleep,
  shielded: (act) => CancellationScope.nonCancellable(act),
};

/** What came of trying an undo. */
export interface UndoAttempt extends Omit<UndoResult, 'ms'> {
  /** Whether it was given up: then `left` is what it may have left, as far as that is known. */
  readonly gaveUp: boolean;
  /** When it was abandoned, in milliseconds of the epoch. */
  readonly abandonedAt?: number;
}

/**
 * Tries an undo for as long as its patience lasts, or until it is abandoned. Throws only what is a fault
 * of the workflow itself: Temporal then tries that again until a version without the fault runs.
 */
export async function tryUndo(
  undo: Undo,
  watch: UndoWatch,
  runtime: UndoRuntime,
): Promise<UndoAttempt> {
  for (let round = 0; ; round += 1) {
    try {
      if (round > 0) await runtime.pause(PAUSE_MS, { summary: `again: ${undo.name}` });
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

/** Each thing that the undo would leave, with why. */
export function leftBy({ name, mayLeave }: Undo, why: string): readonly Left[] {
  const named = mayLeave?.() ?? [];
  return (named.length === 0 ? [name] : named).map((what) => ({ what, why }));
}

// Nothing is known of the attempts under way, least of all what they have removed: so one more is made,
// which may succeed, and where it does not the cluster is asked what stands.
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
  // An undo that is bounded has limits of its own, which are too long for somebody who waits.
  if (undo.patience !== 'for-ever') {
    const why = 'given up by hand while it was still being tried; its last error is not known here';
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

// An undo tells what it removed, and which attempt of it did so.
function attemptOf(result: unknown, round: number): UndoAttempt {
  if (typeof result !== 'object' || result === null) {
    return { removed: [], mayBeMore: true, left: [], gaveUp: false };
  }
  const removed = 'removed' in result && Array.isArray(result.removed) ? result.removed : [];
  const isFirst = round === 0 && 'attempt' in result && result.attempt === 1;
  const left = 'kept' in result && Array.isArray(result.kept) ? result.kept : [];
  return { removed: removed.map(String), mayBeMore: !isFirst, left, gaveUp: false };
}
