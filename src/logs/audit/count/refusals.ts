import type { AuditAction } from '../parse-event.ts';
import type { Count, RegistryRequest, CountedEvent } from './counted.ts';

// A client that is refused a HEAD tries the GET, and one that pushes asks for several uploads at once.
const WINDOW_MS = 5_000;

type RefusalAction = Extract<AuditAction, `refused-${string}`>;

export function isRefusal(action: AuditAction): action is RefusalAction {
  return action.startsWith('refused-');
}

/**
 * Refusals of the same thing count once in five seconds from the first of them on. The window never
 * moves with what comes later: who tries for hours is refused as often as that.
 */
export function createRefusalCounter(count: Count) {
  const windows = new Map<string, CountedEvent>();
  return {
    take: ({ at, last, reference, requests }: RegistryRequest, action: RefusalAction): void => {
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
