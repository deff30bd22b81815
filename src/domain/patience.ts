/** How long a step is tried where nothing else is said: fifteen minutes. */
export const DEFAULT_PATIENCE_MS = 900_000;

/** The longest patience: the retry policy of the steps (workflows/activities.ts) lasts for about a day. */
export const PATIENCE_AT_MOST_MS = 86_400_000;

/**
 * How a step's attempts are spaced, in milliseconds. Temporal's retry policy and {@link retryDelay}
 * both go by it.
 */
export const BACKOFF = { initialMs: 1_000, coefficient: 2, atMostMs: 15_000 } as const;

/** How long what somebody waits for is tried, such as `purser doctor`: a dead cluster is the answer. */
export const READ_PATIENCE_MS = 20_000;

// A step may have stood in the queue for longer than patience lasts, because no worker was there: it is
// tried for at least as long as this all the same.
const AT_LEAST_MS = 90_000;

/**
 * Where an activity stands: the attempt under way, from 1, and when its first one was scheduled.
 * `begunAt` is the earliest beginning of an attempt of it that is known.
 */
export interface AttemptTime {
  readonly attempt: number;
  readonly scheduledAt: number;
  readonly begunAt?: number | undefined;
}

/**
 * How much patience is left at `now`, in milliseconds. `patience` counts from the first schedule; but what
 * stood in the queue is tried for as long as patience lasts, or for a minute and a half, all the same.
 */
export function patienceLeft(patience: number, standing: AttemptTime, now: number): number {
  const { attempt, scheduledAt, begunAt = now } = standing;
  const tried = Math.max(now - begunAt, paused(attempt));
  return Math.max(scheduledAt + patience - now, Math.min(patience, AT_LEAST_MS) - tried);
}

/** Whether a failure at `now` is the last one: no patience is left. */
export function isOver(patience: number, standing: AttemptTime, now: number): boolean {
  return patienceLeft(patience, standing, now) <= 0;
}

/**
 * The pause before the next attempt: what the server asked for (`Retry-After`) raises our own backoff
 * and never cuts it; it lasts no longer than the patience that is left, so that there is one attempt more
 * at its end. Undefined where the server asked for nothing: then Temporal's policy decides.
 */
export function retryDelay(
  attempt: number,
  askedMs: number | undefined,
  leftMs = Infinity,
): number | undefined {
  return askedMs === undefined ? undefined : Math.max(backoff(attempt), Math.min(askedMs, leftMs));
}

function backoff(attempt: number): number {
  const { initialMs, coefficient, atMostMs } = BACKOFF;
  return Math.min(initialMs * coefficient ** (attempt - 1), atMostMs);
}

function paused(attempt: number): number {
  const most = Math.min(attempt - 1, AT_LEAST_MS / BACKOFF.initialMs);
  return Array.from({ length: most }, (_, index) => backoff(index + 1)).reduce(
    (sum, pause) => sum + pause,
    0,
  );
}
