import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions<T> {
  /** What is waited for, as in "Timed out after 30 s waiting for …". */
  readonly what: string;
  /** Returns undefined, or throws, as long as the condition does not hold. */
  readonly check: (signal: AbortSignal) => Promise<T | undefined> | T | undefined;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** What to look at after a timeout. */
  readonly hint?: string | undefined;
}

/**
 * Calls `check` every 50 ms until it returns a value. Rejects with its last error after the deadline, or
 * when aborted.
 */
export async function until<T>(wait: WaitOptions<T>): Promise<T> {
  const deadline = AbortSignal.timeout(wait.deadlineMs);
  const signal = AbortSignal.any([wait.signal, deadline]);
  let last: unknown;
  while (!signal.aborted) {
    try {
      const answer = await wait.check(signal);
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!signal.aborted) last = error;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  wait.signal.throwIfAborted();
  throw new Error(
    `Timed out after ${wait.deadlineMs / 1000} s waiting for ${wait.what}` +
      (last === undefined ? '' : `; the last error: ${describe(last)}`) +
      (wait.hint === undefined ? '' : `. ${wait.hint}`),
    { cause: last },
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const pauseMs = 50;
