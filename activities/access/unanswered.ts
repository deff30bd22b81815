import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { watchWrites } from '../../src/kubernetes/api/writes.ts';
import type { Left } from '../../src/access/model/report/report.ts';
import type { Target } from '../target.ts';

/** Whether a write of an activity may still arrive after it has ended: its undo then looks again. */
export interface Unanswered {
  readonly unanswered: boolean;
}

/** What an undo has done. Of a later attempt nobody knows what the ones before it had removed. */
export interface Removal {
  readonly removed: readonly string[];
  /** What is not this run's any more, because somebody has changed it: it stays, and is reported. */
  readonly kept?: readonly Left[];
  /** Which attempt this was, from 1. */
  readonly attempt: number;
}

/**
 * Runs an activity that writes to the cluster with its writes watched, and tells in its result, or in
 * the details of its failure, whether one of them may still arrive (workflows/access/undo/late-writes.ts reads it).
 */
export async function reportUnanswered<T extends object>(
  target: Target,
  run: (watched: Target) => Promise<T>,
): Promise<T & Unanswered> {
  const writes = watchWrites(target.cluster);
  // What an earlier attempt wrote, and whether that had an answer, is known to nobody any more.
  const isRepeated = activityInfo().attempt > 1;
  const report = (): Unanswered => ({ unanswered: isRepeated || writes.areUnanswered() });
  try {
    return { ...(await run({ ...target, cluster: writes.cluster })), ...report() };
  } catch (error) {
    throw withDetail(error, report());
  }
}

function withDetail(error: unknown, detail: Unanswered): unknown {
  if (error instanceof CancelledFailure) {
    return new CancelledFailure(error.message, [detail], error.cause);
  }
  if (!(error instanceof ApplicationFailure)) return error;
  const { type, message, nonRetryable, nextRetryDelay, category } = error;
  return ApplicationFailure.create({
    message,
    nonRetryable: nonRetryable === true,
    details: [detail],
    ...(type === undefined || type === null ? {} : { type }),
    ...(nextRetryDelay === undefined || nextRetryDelay === null ? {} : { nextRetryDelay }),
    ...(category === undefined || category === null ? {} : { category }),
  });
}
