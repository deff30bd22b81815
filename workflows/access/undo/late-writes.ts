import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  rootCause,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { FailureSummary } from '../../failure.ts';

/**
 * Whether a write of an activity that has ended may still arrive at its server. An activity that
 * tracks its writes reports it in its result, or in the details of its failure
 * (activities/access/unanswered.ts). If it ended without either, as when its worker dies, it may have written anything.
 */
export function mayArriveLate(
  end: { readonly result: unknown } | { readonly error: unknown },
): boolean {
  if ('result' in end) return isUnanswered(end.result) ?? false;
  const { cause } = end.error instanceof ActivityFailure ? end.error : {};
  if (cause instanceof ApplicationFailure || cause instanceof CancelledFailure) {
    return isUnanswered(cause.details?.[0]) ?? true;
  }
  return cause !== undefined;
}

/**
 * The last error of an undo, as a report shows it. For a round that ran out of time, it is the error of the
 * last attempt that failed, if there was one.
 */
export function describeLastError(error: unknown): FailureSummary {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) return { type: at.type ?? 'Error', message: at.message };
    if (at instanceof TimeoutFailure && !(at.cause instanceof Error)) return describeTimeout(at);
  }
  return { type: 'Error', message: rootCause(error) ?? 'unknown error' };
}

function describeTimeout({ timeoutType }: TimeoutFailure): FailureSummary {
  const isLost = timeoutType === 'HEARTBEAT' || timeoutType === 'START_TO_CLOSE';
  const message = isLost
    ? 'the worker stopped during the attempt, or did not answer'
    : 'it did not end in time: no worker takes it (is `purser worker` running for this target?), or its attempts get no answer';
  return { type: isLost ? 'Unreachable' : 'NotConfigured', message };
}

function isUnanswered(details: unknown): boolean | undefined {
  if (typeof details !== 'object' || details === null || !('unanswered' in details))
    return undefined;
  return details.unanswered === true;
}
