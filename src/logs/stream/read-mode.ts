import type { Cursor } from '../manifest.ts';

/** How the next stream is read. */
export interface ReadMode {
  /** From the beginning of the node's file, whatever the times of its lines say. */
  isWhole: boolean;
  /** How often in a row that was cut before the place. */
  futile: number;
  /** The cursor's line is not in the file any more: all that is in it is new. */
  isLost: boolean;
  /** What was the log's last line when the stream before had ended without it; undefined once it has come. */
  awaited: Buffer | undefined;
  /** Whether it has come: all is read that was there when it was asked for. */
  hasSeenAwaited: boolean;
}

const FUTILE_AT_MOST = 2;

/** How the first stream is read of a run that was read up to this place. */
export function firstReadMode(cursor: Cursor | undefined): ReadMode {
  const isWhole = cursor !== undefined;
  return { isWhole, futile: 0, isLost: false, awaited: undefined, hasSeenAwaited: false };
}

/**
 * Chooses how the next stream is read: by position, and by time only where that is cut before the place again and
 * again; a run without a place has no position.
 */
export function chooseReadMode(
  mode: ReadMode,
  cursor: Cursor | undefined,
  hasBrought: boolean,
): void {
  if (mode.isWhole) mode.futile = hasBrought ? 0 : mode.futile + 1;
  else if (!hasBrought) mode.futile = 0;
  mode.isWhole = cursor !== undefined && (mode.isLost || mode.futile < FUTILE_AT_MOST);
}

/** Looks for the line that is awaited among new lines. */
export function noteAwaited(mode: ReadMode, fresh: Buffer): void {
  if (mode.awaited === undefined || !fresh.includes(mode.awaited)) return;
  mode.hasSeenAwaited = true;
  mode.awaited = undefined;
}
