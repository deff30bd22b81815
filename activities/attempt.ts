import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { ClusterFailure } from '../src/kubernetes/api/failure.ts';
import type { ApiRefusal } from '../src/kubernetes/api/refusal.ts';
import type { Cause } from '../src/domain/cause.ts';
import { formatDuration } from '../src/domain/duration.ts';
import { isRetryable, PurserError } from '../src/domain/errors.ts';
import type { FailureType } from '../src/domain/errors.ts';
import { DEFAULT_PATIENCE_MS, isOver, patienceLeft, retryDelay } from '../src/domain/patience.ts';
import type { AttemptTime } from '../src/domain/patience.ts';
import { firstAttemptAt } from './begun.ts';

// Below a third of the heartbeat timeout (15 s), so that one lost heartbeat ends no attempt.
const HEARTBEAT_EVERY_MS = 4_000;

export interface Attempt {
  /**
   * Aborted when the workflow cancels the activity, the worker shuts down, or nearly all of the time
   * that one attempt may take (`startToCloseTimeout`) is used up.
   */
  readonly signal: AbortSignal;
  /** Whether `signal` was aborted because the attempt's time is used up, and for nothing else. */
  readonly isOutOfTime: () => boolean;
  /** Which attempt this is, from 1. */
  readonly number: number;
  /** Shows progress in the Temporal Web UI; must hold no secret. */
  readonly show: (progress: unknown) => void;
  /** Whether a failure that may pass would still be tried again. */
  readonly hasPatience: () => boolean;
}

/** Milliseconds since the activity was first scheduled. */
type RetryBudget = number | 'for-ever';

export interface AttemptOptions {
  /**
   * For how long failures that may pass are tried again, in milliseconds since the activity was first
   * scheduled; default: fifteen minutes. `for-ever`: every failure but `InvalidRequest` is tried again.
   */
  readonly patience?: RetryBudget;
}

/**
 * Runs one attempt of an activity: beats while it lasts, so that a killed worker is noticed within
 * 15 s and a cancellation arrives, and turns what it throws into the failure that the Web UI shows.
 * An attempt that takes too long is ended a little before Temporal ends it: Temporal would retry
 * without regard to the target's patience.
 */
export async function attempt<T>(
  run: (attempt: Attempt) => Promise<T>,
  { patience = DEFAULT_PATIENCE_MS }: AttemptOptions = {},
): Promise<T> {
  let progress: unknown;
  const beat = setInterval(() => heartbeat(progress), HEARTBEAT_EVERY_MS);
  const cancelled = cancellationSignal();
  const { attempt: number, startToCloseTimeoutMs } = activityInfo();
  firstAttemptAt(activityInfo());
  const limit = startLimit(startToCloseTimeoutMs);
  const signal = AbortSignal.any([cancelled, limit.signal]);
  const isOutOfTime = (): boolean => limit.signal.aborted && !cancelled.aborted;
  try {
    return await run({
      signal,
      isOutOfTime,
      number,
      show: (shown) => {
        progress = shown;
        heartbeat(shown);
      },
      hasPatience: () => !isLast(patience),
    });
  } catch (error) {
    // Whatever error the abort was turned into, the reason is the cancellation.
    if (cancelled.aborted) throw cancelled.reason;
    if (isOutOfTime()) throw decideRetry(toFailure(signal.reason), patience);
    throw decideRetry(toFailure(error), patience);
  } finally {
    clearInterval(beat);
    limit.end();
  }
}

// The time to release what the attempt holds, and to report its failure to Temporal.
const CLEAN_UP_SHARE = 0.1;
const MAX_CLEAN_UP_MS = 60_000;
// If the limit is so short, or longer than a timer can take, Temporal's own limit is good enough.
const SHORT_MS = 2_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** After how many milliseconds an attempt is ended whose `startToCloseTimeout` is so many. */
export function limitOf(startToCloseMs: number): number {
  return startToCloseMs - Math.min(startToCloseMs * CLEAN_UP_SHARE, MAX_CLEAN_UP_MS);
}

/** Aborts its signal, with the failure as the reason, when nearly all of an attempt's time is used up. */
function startLimit(startToCloseMs: number) {
  const outOfTime = new AbortController();
  const limitMs = limitOf(startToCloseMs);
  const text = `not done within ${formatDuration(limitMs)}, which one attempt may take`;
  const timer =
    startToCloseMs < SHORT_MS || limitMs > MAX_TIMER_MS
      ? undefined
      : setTimeout(() => outOfTime.abort(new PurserError('Unreachable', text)), limitMs);
  return { signal: outOfTime.signal, end: () => clearTimeout(timer) };
}

const BY_CAUSE: Partial<Record<Cause, FailureType>> = {
  dns: 'Unreachable',
  tcp: 'Unreachable',
  tls: 'Unreachable',
  timeout: 'Unreachable',
  'rate-limited': 'RateLimited',
  unauthorized: 'Unauthorized',
  quota: 'QuotaExceeded',
  forbidden: 'Forbidden',
  'not-found': 'NotConfigured',
  configuration: 'NotConfigured',
};

const BY_REFUSAL: Readonly<Record<ApiRefusal, FailureType>> = {
  admission: 'AdmissionDenied',
  quota: 'QuotaExceeded',
  terminating: 'NamespaceTerminating',
};

/** The one place where an error of ours becomes Temporal's: its type, and whether to try again. */
export function toFailure(error: unknown): unknown {
  if (error instanceof PurserError) return failure(error.type, error.message, error.retryAfterMs);
  if (error instanceof ClusterFailure) {
    return failure(typeOf(error), error.message, error.retryAfterMs);
  }
  return error;
}

/** Whether an error may pass by itself, so that trying the same again can help. */
export function isPassing(error: unknown): boolean {
  const failed = toFailure(error);
  return !(failed instanceof ApplicationFailure) || failed.nonRetryable !== true;
}

function typeOf({ refusal, status, failureCause }: ClusterFailure): FailureType {
  if (refusal !== undefined) return BY_REFUSAL[refusal];
  // A 409 is a race with another writer: the next attempt reads what is there now.
  return status === 409 ? 'ServerError' : (BY_CAUSE[failureCause] ?? 'ServerError');
}

function failure(type: FailureType, message: string, retryAfterMs: number | undefined) {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !isRetryable(type),
    // That a user has not logged in yet is no fault: it is neither logged nor counted as one.
    ...(type === 'NotLoggedIn' ? { category: 'BENIGN' } : {}),
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/** The failure with the pause before the next attempt, or as final if the target's patience has ended. */
function decideRetry(failed: unknown, patience: RetryBudget): unknown {
  const { attempt: number, scheduledTimestampMs } = activityInfo();
  const known = failed instanceof ApplicationFailure ? failed : undefined;
  // A bug is retried, too: Temporal shows its stack meanwhile.
  const isFinal = patience === 'for-ever' ? known?.type === 'InvalidRequest' : known?.nonRetryable;
  if (isFinal === true) return failed;
  if (isLast(patience)) {
    const error = asError(failed);
    const since = formatDuration(Date.now() - scheduledTimestampMs);
    const message = `${error.message}; given up after ${since}, at attempt ${number} (patience: of the target in purser.yaml)`;
    return ApplicationFailure.fromError(error, { message, nonRetryable: true });
  }
  if (known === undefined) return failed;
  const requestedMs = typeof known.nextRetryDelay === 'number' ? known.nextRetryDelay : undefined;
  const pause = retryDelay(number, requestedMs, leftOf(patience));
  return ApplicationFailure.fromError(known, {
    nonRetryable: false,
    ...(pause === undefined ? {} : { nextRetryDelay: pause }),
  });
}

function leftOf(patience: RetryBudget): number {
  return patience === 'for-ever' ? Infinity : patienceLeft(patience, currentAttempt(), Date.now());
}

function isLast(patience: RetryBudget): boolean {
  if (patience === 'for-ever') return false;
  return isOver(patience, currentAttempt(), Date.now());
}

function currentAttempt(): AttemptTime {
  const info = activityInfo();
  const { attempt: number, scheduledTimestampMs: scheduledAt } = info;
  return { attempt: number, scheduledAt, begunAt: firstAttemptAt(info) };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
