import type { Count, RegistryRequest, CountedEvent } from './counted.ts';

/** Layers may take so long after their manifest, and are logged when they were had. */
export const LAYERS_MS = 3_600_000;
// The clocks of two replicas' nodes may differ.
const CLOCKS_APART_MS = 5_000;

/**
 * Layers belong to the manifests that the same user had from the same repository within the hour before.
 * Without one, they count once in an hour from the first of them on.
 */
export function createLayerCounter(count: Count) {
  let manifestAt = -Infinity;
  let open: CountedEvent | undefined;
  const finish = () => {
    if (open !== undefined) count(open);
    open = undefined;
  };
  return {
    /** Takes note of a manifest that was had. */
    manifest: ({ at }: RegistryRequest): void => {
      manifestAt = at;
      if (open !== undefined && at - open.at <= CLOCKS_APART_MS) open = undefined;
    },
    take: ({ at, last, reference, requests }: RegistryRequest): void => {
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
