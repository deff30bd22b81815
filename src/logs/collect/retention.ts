import type { Keep } from '../settings.ts';

/** A sealed bundle, as retention sees it. `sealedAt` in epoch milliseconds, `bytes` compressed. */
export interface SealedBundle {
  readonly bundle: string;
  readonly sealedAt: number;
  readonly bytes: number;
}

/** What goes now, oldest first, and how many more are as old: they go later. */
export interface ExpiredBundles {
  readonly going: readonly string[];
  readonly held: number;
}

/**
 * Of what is too old by the clock, at most a quarter goes at once, but one in any case: a clock that jumps
 * ahead makes everything old.
 */
export function removalLimit(all: number): number {
  return Math.max(1, Math.floor(all / 4));
}

/**
 * Which bundles have to go, the oldest first. Given in the order in which they were sealed. The
 * last one stays whatever the limits say: it holds the place from which the next collection goes on.
 * What is too many or too much goes at once; what is too old, see {@link removalLimit}.
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
    // What is older than one that goes, goes as well: a hole in the middle would look like a gap.
    if (isOver || going.length > 0) going.push(bundle);
    else if (now - sealedAt > keep.ageMs || old.length > 0) old.push(bundle);
  }
  const room = Math.max(0, removalLimit(bundles.length) - going.length);
  const all = [...going.toReversed(), ...old.toReversed()];
  const chosen = all.slice(0, going.length + room);
  return { going: chosen, held: all.length - chosen.length };
}
