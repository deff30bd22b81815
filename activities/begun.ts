import type { Info } from '@temporalio/activity';

// Some hours of a busy worker. For an older activity the number of its attempts decides.
const MAX_ENTRIES = 10_000;

const startTimes = new Map<string, number>();

/**
 * When this process began its first attempt of an activity, in milliseconds of the epoch: at the first call
 * for that activity. Temporal reports only when the activity was scheduled, which may be long before a worker
 * took it, and when the current attempt began.
 */
export function firstAttemptAt({ workflowExecution, activityId }: Info): number {
  const key = `${workflowExecution?.runId}/${activityId}`;
  const known = startTimes.get(key);
  if (known !== undefined) return known;
  const [oldest] = startTimes.keys();
  if (startTimes.size >= MAX_ENTRIES && oldest !== undefined) startTimes.delete(oldest);
  const now = Date.now();
  startTimes.set(key, now);
  return now;
}
