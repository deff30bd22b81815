import type { Keep } from '../settings.ts';

/** A sealed bundle, as retention sees it. `sealedAt` in epoch milliseconds, `bytes` compressed. */
export interface Kept {
  readonly bundle: string;
  readonly sealedAt: number;
  readonly bytes: number;
}

/**
 * Which bundles have to go, the oldest first. Given in the order in which they were sealed. The
 * last one stays whatever the limits say: it holds the place from which the next collection goes on.
 */
export function outlived(bundles: readonly Kept[], keep: Keep, now: number): readonly string[] {
  let bytes = 0;
  let count = 0;
  const going: string[] = [];
  for (const [index, { bundle, sealedAt, bytes: size }] of [...bundles.entries()].toReversed()) {
    bytes += size;
    count += 1;
    const isLast = index === bundles.length - 1;
    const isOver = count > keep.bundles || bytes > keep.bytes || now - sealedAt > keep.ageMs;
    // What is older than one that goes, goes as well: a hole in the middle would look like a gap.
    if (!isLast && (isOver || going.length > 0)) going.push(bundle);
  }
  return going.toReversed();
}
