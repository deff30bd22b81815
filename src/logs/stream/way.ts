import type { Cursor } from '../manifest.ts';

/** How the next stream is read. */
export interface Way {
  /** From the beginning of the node's file, whatever the times of its lines say. */
  isWhole: boolean;
  /** How often in a row that was cut before the place. */
  futile: number;
  /** The cursor's line is not in the file any more: all that is in it is new. */
  isLost: boolean;
}

const FUTILE_AT_MOST = 2;

/** How the first stream is read of a run that was read up to this place. */
export function wayFrom(cursor: Cursor | undefined): Way {
  return { isWhole: cursor !== undefined, futile: 0, isLost: false };
}

/**
 * Chooses how the next stream is read: by position, and by time only where that is cut before the place again and
 * again; a run without a place has no position.
 */
export function turn(way: Way, cursor: Cursor | undefined, hasBrought: boolean): void {
  if (way.isWhole) way.futile = hasBrought ? 0 : way.futile + 1;
  else if (!hasBrought) way.futile = 0;
  way.isWhole = cursor !== undefined && (way.isLost || way.futile < FUTILE_AT_MOST);
}
