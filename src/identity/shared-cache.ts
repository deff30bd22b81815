import { abortable } from '../net/dial.ts';

/**
 * Shares each result among all callers for a time. Callers that come while it is made wait for the same
 * one.
 */
export interface SharedCache<T> {
  /** `make` gets no caller's signal: the others still wait when one of them gives up. */
  get(key: string, make: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Forgets a result, so that the next one is made anew. */
  drop(key: string): void;
}

/** `now` is for tests: milliseconds that never go back. Failures are not kept. */
export function createSharedCache<T>(forMs: number, now = () => performance.now()): SharedCache<T> {
  const kept = new Map<string, { readonly until: number; readonly result: Promise<T> }>();
  const drop = (key: string): void => void kept.delete(key);
  return {
    drop,
    get: async (key, make, signal) => {
      for (const [each, { until }] of kept) if (until <= now()) drop(each);
      const known = kept.get(key);
      if (known !== undefined) return abortable(known.result, signal);
      const result = make();
      const entry = { until: now() + forMs, result };
      kept.set(key, entry);
      result.catch(() => {
        if (kept.get(key) === entry) drop(key);
      });
      return abortable(result, signal);
    },
  };
}
