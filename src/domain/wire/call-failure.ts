import type { Cause } from '../cause.ts';

/** What is known about a failed call. */
export interface CallFacts {
  readonly failureCause: Cause;
  /** What the reader can do; the message ends with it. */
  readonly advice?: string | undefined;
  /** The HTTP status; absent if no response came. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/**
 * A failed call to another system. `failureCause` is the cause for findings. It is not named `cause`: an
 * Error's `cause` is the underlying error, which Node prints and Temporal stores. The message is the text
 * and then the advice.
 */
export class CallFailure extends Error {
  readonly failureCause: Cause;
  readonly advice: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(text: string, facts: CallFacts) {
    super(
      facts.advice === undefined ? text : `${text}; ${facts.advice}`,
      facts.cause === undefined ? {} : { cause: facts.cause },
    );
    this.failureCause = facts.failureCause;
    this.advice = facts.advice;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
