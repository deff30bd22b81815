import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { ClusterFailure } from '../src/cluster/api/failure.ts';
import type { Cause } from '../src/domain/cause.ts';
import { isRetryable, PurserError } from '../src/domain/errors.ts';
import type { FailureType } from '../src/domain/errors.ts';

// Below a third of the heartbeat timeout (15 s), so that one lost beat does not look like a death.
const BEAT_EVERY_MS = 4_000;

export interface Attempt {
  /** Aborted when the workflow cancels the activity, or the worker shuts down. */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly number: number;
  /** Shows progress in the Temporal Web UI; must hold no secret. */
  readonly show: (progress: unknown) => void;
}

/**
 * Runs one attempt of an activity: beats while it lasts, so that a killed worker is noticed within
 * 15 s and a cancellation arrives, and turns what it throws into the failure that the Web UI shows.
 * With patience `for-ever` every failure but `InvalidRequest` may be tried again.
 */
export async function attempt<T>(
  run: (attempt: Attempt) => Promise<T>,
  { patience }: { readonly patience?: number | 'for-ever' } = {},
): Promise<T> {
  let progress: unknown;
  const beat = setInterval(() => heartbeat(progress), BEAT_EVERY_MS);
  const signal = cancellationSignal();
  try {
    return await run({
      signal,
      number: activityInfo().attempt,
      show: (shown) => {
        progress = shown;
        heartbeat(shown);
      },
    });
  } catch (error) {
    // Whatever an abort was turned into on its way here, the reason is the cancellation.
    if (signal.aborted) throw signal.reason;
    throw patience === 'for-ever' ? repeatable(toFailure(error)) : toFailure(error);
  } finally {
    clearInterval(beat);
  }
}

const BY_CAUSE: Partial<Record<Cause, FailureType>> = {
  dns: 'Unreachable',
  tcp: 'Unreachable',
  tls: 'Unreachable',
  timeout: 'Unreachable',
  'rate-limited': 'RateLimited',
  unauthorized: 'Forbidden',
  forbidden: 'Forbidden',
  'not-found': 'NotConfigured',
  configuration: 'NotConfigured',
};

/** The one place where an error of ours becomes Temporal's: its type, and whether to try again. */
export function toFailure(error: unknown): unknown {
  if (error instanceof PurserError) return failure(error.type, error.message, error.retryAfterMs);
  if (error instanceof ClusterFailure) {
    // A 409 is a race with another writer: the next attempt reads what is there now.
    const type = error.status === 409 ? 'ServerError' : (BY_CAUSE[error.why] ?? 'ServerError');
    return failure(type, error.message, error.retryAfterMs);
  }
  return error;
}

// What must be done is tried again whatever the cluster says; only what is malformed never gets better.
function repeatable(error: unknown): unknown {
  if (!(error instanceof ApplicationFailure) || error.type === 'InvalidRequest') return error;
  const { type, message, nextRetryDelay } = error;
  return ApplicationFailure.create({
    type: type ?? 'Error',
    message,
    ...(nextRetryDelay === undefined || nextRetryDelay === null ? {} : { nextRetryDelay }),
  });
}

function failure(type: FailureType, message: string, retryAfterMs: number | undefined) {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !isRetryable(type),
    // That somebody has not logged in yet is no fault: it is not logged, nor counted as one.
    ...(type === 'NotLoggedIn' ? { category: 'BENIGN' } : {}),
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}
