import type { Info } from '@temporalio/activity';

// Some hours of a busy worker. What is forgotten is judged by the number of its attempts.
const MAX_ENTRIES = 10_000;

const startTimes = new Map<string, number>();

/**
 * When the first attempt that this process knows of an activity began, in milliseconds of the epoch; the
 * first call for it is that beginning. Temporal tells when it was scheduled, which may be long before a
 * worker took it, and no attempt but the present one.
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
