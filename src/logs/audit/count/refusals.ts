import type { AuditAction } from '../parse-event.ts';
import type { Count, StoredRequest, CountedEvent } from './counted.ts';

// After a refused HEAD a client tries the GET, and a push requests several uploads at once.
const WINDOW_MS = 5_000;

type RefusalAction = Extract<AuditAction, `refused-${string}`>;

export function isRefusal(action: AuditAction): action is RefusalAction {
  return action.startsWith('refused-');
}

/**
 * Refusals of the same request count once in five seconds, from the first of them on. Later refusals don't
 * extend the window: a client that tries for hours counts once every five seconds.
 */
export function createRefusalCounter(count: Count) {
  const windows = new Map<string, CountedEvent>();
  return {
    take: ({ at, last, reference, requests }: StoredRequest, action: RefusalAction): void => {
      const key = `${action} ${reference}`;
      const open = windows.get(key);
      if (open !== undefined && at - open.at <= WINDOW_MS) {
        windows.set(key, { ...open, last, requests: open.requests + requests });
        return;
      }
      if (open !== undefined) count(open);
      windows.set(key, { action, at, last, reference, requests, count: 1 });
    },
    finish: (): void => {
      for (const open of windows.values()) count(open);
      windows.clear();
    },
  };
}
