import type { AuditAction } from '../parse-event.ts';
import type { Count, StoredRequest } from './counted.ts';

// The platforms of a list are pushed before it.
const PARTS_MS = 5 * 60_000;

type PushAction = 'push' | 'push-list';

export function isPush(action: AuditAction): action is PushAction {
  return action === 'push' || action === 'push-list';
}

/**
 * A push is the PUT of a manifest by tag. Manifests that were pushed by digest in the five minutes before a
 * list count as its platforms. Any other one is a push of its own.
 */
export function createPushCounter(count: Count) {
  // Pushed by digest, and not yet part of a list. The oldest come first.
  const parts = new Map<number, StoredRequest>();
  const emit = ({ at, last, reference, requests }: StoredRequest, times: number) =>
    count({ action: 'push', at, last, reference, requests, count: times });
  const settle = (times: number, until = Infinity) => {
    for (const [reference, part] of parts) {
      if (part.at > until) return;
      parts.delete(reference);
      emit(part, times);
    }
  };
  return {
    take: (request: StoredRequest, action: PushAction): void => {
      const { at, reference, isDigest } = request;
      settle(1, at - PARTS_MS - 1);
      if (action === 'push-list') settle(0);
      if (!isDigest) {
        emit(request, 1);
        return;
      }
      const again = parts.get(reference);
      if (again !== undefined) emit(again, 1);
      parts.delete(reference);
      parts.set(reference, request);
    },
    finish: (): void => settle(1),
  };
}
