import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { watchWrites } from '../../src/kubernetes/api/writes.ts';
import type { Left } from '../../src/access/model/report/report.ts';
import type { Target } from '../target.ts';

/** Whether a write of an activity may still arrive after its end: then its undo checks a second time. */
export interface Unanswered {
  readonly unanswered: boolean;
}

/** The result of an undo. A later attempt does not know what the earlier attempts had removed. */
export interface Removal {
  readonly removed: readonly string[];
  /** What is not this run's any more, because it was changed: it stays, and is reported. */
  readonly kept?: readonly Left[];
  /** Which attempt this was, from 1. */
  readonly attempt: number;
}

/**
 * Runs an activity that writes to the cluster, and watches its writes. Its result, or the details of its
 * failure, say whether a write may still arrive (workflows/access/undo/late-writes.ts reads it).
 */
export async function reportUnanswered<T extends object>(
  target: Target,
  run: (watched: Target) => Promise<T>,
): Promise<T & Unanswered> {
  const writes = watchWrites(target.cluster);
  // It is not known any more what an earlier attempt wrote, and whether it got a response.
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
