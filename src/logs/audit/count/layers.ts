import type { Count, StoredRequest, CountedEvent } from './counted.ts';

/** Layers may follow their manifest for this long. The registry logs a layer when its download ends. */
export const LAYERS_MS = 3_600_000;
// The clocks of two replicas' nodes may differ.
const CLOCKS_APART_MS = 5_000;

/**
 * Layers belong to a manifest that the same user pulled from the same repository within the hour before.
 * Layers without a manifest count once an hour, from the first of them on.
 */
export function createLayerCounter(count: Count) {
  let manifestAt = -Infinity;
  let open: CountedEvent | undefined;
  const finish = () => {
    if (open !== undefined) count(open);
    open = undefined;
  };
  return {
    /** Notes the pull of a manifest. */
    manifest: ({ at }: StoredRequest): void => {
      manifestAt = at;
      if (open !== undefined && at - open.at <= CLOCKS_APART_MS) open = undefined;
    },
    take: ({ at, last, reference, requests }: StoredRequest): void => {
      if (at - manifestAt <= LAYERS_MS) return;
      if (open !== undefined && at - open.at <= LAYERS_MS) {
        open = { ...open, last: Math.max(open.last, last), requests: open.requests + requests };
        return;
      }
      finish();
      open = { action: 'pull-layers', at, last, reference, requests, count: 1 };
    },
    finish,
  };
}
