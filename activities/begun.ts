import type { Info } from '@temporalio/activity';

// Some hours of a busy worker. What is forgotten is judged by the number of its attempts.
const AT_MOST = 10_000;

const begun = new Map<string, number>();

/**
 * When the first attempt that this process knows of an activity began, in milliseconds of the epoch; the
 * first call for it is that beginning. Temporal tells when it was scheduled, which may be long before a
 * worker took it, and no attempt but the present one.
 */
export function begunAt({ workflowExecution, activityId }: Info): number {
  const key = `${workflowExecution?.runId}/${activityId}`;
  const known = begun.get(key);
  if (known !== undefined) return known;
  const [oldest] = begun.keys();
  if (begun.size >= AT_MOST && oldest !== undefined) begun.delete(oldest);
  const now = Date.now();
  begun.set(key, now);
  return now;
}
