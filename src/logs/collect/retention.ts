import type { Keep } from '../settings.ts';

/** A sealed bundle, as retention sees it. `sealedAt` in epoch milliseconds, `bytes` compressed. */
export interface SealedBundle {
  readonly bundle: string;
  readonly sealedAt: number;
  readonly bytes: number;
}

/** The bundles to remove now, oldest first, and how many more are too old and are removed later. */
export interface ExpiredBundles {
  readonly going: readonly string[];
  readonly held: number;
}

/**
 * At most a quarter of the bundles is removed at once because of their age, but at least one. Else a clock
 * that jumps ahead would remove all of them.
 */
export function removalLimit(all: number): number {
  return Math.max(1, Math.floor(all / 4));
}

/**
 * The bundles to remove, the oldest first; given in the order in which they were sealed. The last one
 * always stays: it holds the positions for the next collection. Bundles beyond the limits of count and size
 * are removed at once; for those that are too old, see {@link removalLimit}.
 */
export function chooseExpired(
  bundles: readonly SealedBundle[],
  keep: Keep,
  now: number,
): ExpiredBundles {
  let bytes = 0;
  let count = 0;
  const going: string[] = [];
  const old: string[] = [];
  for (const [index, { bundle, sealedAt, bytes: size }] of [...bundles.entries()].toReversed()) {
    bytes += size;
    count += 1;
    if (index === bundles.length - 1) continue;
    const isOver = count > keep.bundles || bytes > keep.bytes;
    // Bundles that are older than a removed one are removed, too: a hole in the middle would look like a
    // gap.
    if (isOver || going.length > 0) going.push(bundle);
    else if (now - sealedAt > keep.ageMs || old.length > 0) old.push(bundle);
  }
  const room = Math.max(0, removalLimit(bundles.length) - going.length);
  const all = [...going.toReversed(), ...old.toReversed()];
  const chosen = all.slice(0, going.length + room);
  return { going: chosen, held: all.length - chosen.length };
}
