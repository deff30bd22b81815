import type { AuditAction } from '../parse-event.ts';
import type { Count, Request } from './counted.ts';

// The platforms of a list are pushed before it.
const PARTS_MS = 5 * 60_000;

type Push = 'push' | 'push-list';

export function isPush(deed: AuditAction): deed is Push {
  return deed === 'push' || deed === 'push-list';
}

/**
 * A push is the PUT of a manifest by tag. Manifests that were pushed by digest in the five minutes before a
 * list are taken for its platforms; any other one is a push of its own.
 */
export function createPushCounter(count: Count) {
  // By digest, and not yet known to be part of anything. The oldest come first.
  const parts = new Map<number, Request>();
  const told = ({ at, last, reference, requests }: Request, times: number) =>
    count({ deed: 'push', at, last, reference, requests, count: times });
  const settle = (times: number, until = Infinity) => {
    for (const [reference, part] of parts) {
      if (part.at > until) return;
      parts.delete(reference);
      told(part, times);
    }
  };
  return {
    take: (request: Request, deed: Push): void => {
      const { at, reference, isDigest } = request;
      settle(1, at - PARTS_MS - 1);
      if (deed === 'push-list') settle(0);
      if (!isDigest) {
        told(request, 1);
        return;
      }
      const again = parts.get(reference);
      if (again !== undefined) told(again, 1);
      parts.delete(reference);
      parts.set(reference, request);
    },
    finish: (): void => settle(1),
  };
}
