import type { Cursor } from '../manifest.ts';

/** How the next stream is read. */
export interface Way {
  /** From the beginning of the node's file, whatever the times of its lines say. */
  isWhole: boolean;
  /** How often in a row that was cut before the place. */
  futile: number;
  /** The cursor's line is not in the file any more: all that is in it is new. */
  isLost: boolean;
  /** What was the log's last line when the stream before had ended without it; undefined once it has come. */
  awaited: Buffer | undefined;
  /** Whether it has come: all is read that was there when it was asked for. */
  hasCome: boolean;
}

const FUTILE_AT_MOST = 2;

/** How the first stream is read of a run that was read up to this place. */
export function wayFrom(cursor: Cursor | undefined): Way {
  const isWhole = cursor !== undefined;
  return { isWhole, futile: 0, isLost: false, awaited: undefined, hasCome: false };
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

/** Looks for the line that is awaited among new lines. */
export function noteCome(way: Way, fresh: Buffer): void {
  if (way.awaited === undefined || !fresh.includes(way.awaited)) return;
  way.hasCome = true;
  way.awaited = undefined;
}
