import { setTimeout as sleep } from 'node:timers/promises';

export interface Wait<T> {
  /** What is waited for, as it reads after "Waited 30 s for". */
  readonly what: string;
  /** Answers undefined, or throws, as long as it is not so. */
  readonly check: (signal: AbortSignal) => Promise<T | undefined> | T | undefined;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** What the reader can look at when it never comes. */
  readonly hint?: string | undefined;
}

/** Asks every 50 ms until `check` answers; rejects at the deadline with the last reason, or when aborted. */
export async function until<T>(wait: Wait<T>): Promise<T> {
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
    `Waited ${wait.deadlineMs / 1000} s for ${wait.what}` +
      (last === undefined ? '' : `; the last try said: ${describe(last)}`) +
      (wait.hint === undefined ? '' : `. ${wait.hint}`),
    { cause: last },
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const pauseMs = 50;
