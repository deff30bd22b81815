/** How long a step is retried by default: fifteen minutes. */
export const DEFAULT_PATIENCE_MS = 900_000;

/** The longest patience: the retry policy of the steps (workflows/activities.ts) lasts for about a day. */
export const PATIENCE_AT_MOST_MS = 86_400_000;

/**
 * How a step's attempts are spaced, in milliseconds. Temporal's retry policy and {@link retryDelay}
 * both go by it.
 */
export const BACKOFF = { initialMs: 1_000, coefficient: 2, atMostMs: 15_000 } as const;

/** The patience of interactive commands, such as `purser doctor`: they report an unreachable cluster. */
export const READ_PATIENCE_MS = 20_000;

// Without a worker, a step may wait in the queue for longer than its patience. It is still tried for at
// least this long.
const AT_LEAST_MS = 90_000;

/**
 * The current attempt of an activity, from 1, and when the first one was scheduled. `begunAt` is the
 * earliest known start of an attempt.
 */
export interface AttemptTime {
  readonly attempt: number;
  readonly scheduledAt: number;
  readonly begunAt?: number | undefined;
}

/**
 * The patience left at `now`, in milliseconds. It counts from when the first attempt was scheduled. A step
 * that waited in the queue is still tried for 90 seconds, or for its whole patience if that is shorter.
 */
export function patienceLeft(patience: number, attemptTime: AttemptTime, now: number): number {
  const { attempt, scheduledAt, begunAt = now } = attemptTime;
  const triedMs = Math.max(now - begunAt, pausesBefore(attempt));
  return Math.max(scheduledAt + patience - now, Math.min(patience, AT_LEAST_MS) - triedMs);
}

/** Whether no patience is left at `now`, so that a failure is the last one. */
export function isOver(patience: number, attemptTime: AttemptTime, now: number): boolean {
  return patienceLeft(patience, attemptTime, now) <= 0;
}

/**
 * The pause before the next attempt. A server's `Retry-After` can lengthen our own backoff, and never
 * shortens it. It ends with the patience at the latest, so that one more attempt follows. Undefined
 * without a `Retry-After`: then Temporal's policy decides.
 */
export function retryDelay(
  attempt: number,
  requestedMs: number | undefined,
  leftMs = Infinity,
): number | undefined {
  return requestedMs === undefined
    ? undefined
    : Math.max(backoff(attempt), Math.min(requestedMs, leftMs));
}

function backoff(attempt: number): number {
  const { initialMs, coefficient, atMostMs } = BACKOFF;
  return Math.min(initialMs * coefficient ** (attempt - 1), atMostMs);
}

function pausesBefore(attempt: number): number {
  const most = Math.min(attempt - 1, AT_LEAST_MS / BACKOFF.initialMs);
  return Array.from({ length: most }, (_, index) => backoff(index + 1)).reduce(
    (sum, pause) => sum + pause,
    0,
  );
}
