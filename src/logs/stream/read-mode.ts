import type { Cursor } from '../manifest.ts';

/** How the next stream is read. */
export interface ReadMode {
  /** From the beginning of the node's file, whatever the times of its lines are. */
  isWhole: boolean;
  /** How many streams in a row were cut before the position. */
  futile: number;
  /** The cursor's line is no longer in the file: all lines in it are new. */
  isLost: boolean;
  /** The log's last line when the previous stream ended without it; undefined once it has been read. */
  awaited: Buffer | undefined;
  /** Whether that line has been read: then everything is read that the log held when it was requested. */
  hasSeenAwaited: boolean;
}

const FUTILE_AT_MOST = 2;

/** How to read the first stream of a run that was read up to this position. */
export function firstReadMode(cursor: Cursor | undefined): ReadMode {
  const isWhole = cursor !== undefined;
  return { isWhole, futile: 0, isLost: false, awaited: undefined, hasSeenAwaited: false };
}

/**
 * Chooses how the next stream is read: by position, if there is one. It reads by time only after streams were
 * cut before the position twice in a row.
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

/** Searches the new lines for the awaited one. */
export function noteAwaited(mode: ReadMode, fresh: Buffer): void {
  if (mode.awaited === undefined || !fresh.includes(mode.awaited)) return;
  mode.hasSeenAwaited = true;
  mode.awaited = undefined;
}
