import type { Cursor } from '../manifest.ts';
import { blocksOf } from './blocks.ts';
import type { Block } from './blocks.ts';
import { hashOf } from './position.ts';
import type { ReadRunOptions } from './run-options.ts';
import { canonicalTime, timeOfLine } from './time.ts';
import type { ReadMode } from './read-mode.ts';

const NEWLINE = 0x0a;

/** The last line that was skipped; undefined if there was none. */
export interface SkippedLine {
  readonly line: Buffer | undefined;
}

/** The last line of a block of whole lines. */
export function lastOf(block: Buffer | undefined): SkippedLine {
  if (block === undefined) return { line: undefined };
  return { line: block.subarray(block.lastIndexOf(NEWLINE, -2) + 1) };
}

/** Whether a line is the container's own: the kubelet's own messages have no time. */
export function hasTime({ line }: SkippedLine): boolean {
  return line !== undefined && timeOfLine(line, 0, line.length) !== undefined;
}

/**
 * Whether the log's last line is the last line of the stream, or neither has one. Then the stream was not cut.
 */
export async function isAllOf(options: ReadRunOptions, { line }: SkippedLine): Promise<boolean> {
  const last = await lastLine(options);
  if (last === undefined || line === undefined) return last === line;
  return hashOf(last) === hashOf(line);
}

/**
 * Whether a stream that ended without an error is complete. It is in three cases: its last line is as late as
 * the collection; or the log's last line is the last line that was read; or an earlier request for the last
 * line returned a line that has been read since. Without the third case a busy container on a node whose clock
 * is behind would never be complete.
 */
export async function isAtEnd(
  options: ReadRunOptions,
  mode: ReadMode,
  { cursor, piece }: { readonly cursor: Cursor | undefined; readonly piece: Buffer | undefined },
): Promise<boolean> {
  if (mode.hasSeenAwaited || isUpToNow(options, cursor)) return true;
  const last = await lastLine(options);
  if (last === undefined) return true;
  if (piece !== undefined) return hashOf(piece) === hashOf(last);
  if (isPlace(last, cursor)) return true;
  // Only a whole line: a piece is the beginning of another line.
  if (last.at(-1) === NEWLINE) mode.awaited = last;
  return false;
}

function isUpToNow({ until, hasEnded }: ReadRunOptions, cursor: Cursor | undefined): boolean {
  const now = canonicalTime(until);
  return !hasEnded && cursor !== undefined && now !== undefined && cursor.time >= now;
}

// A message of the kubelet has no time, and is no line of the run.
function isPlace(line: Buffer, cursor: Cursor | undefined): boolean {
  const time = timeOfLine(line, 0, line.length)?.toString('latin1');
  if (time === undefined) return true;
  return cursor?.time === time && cursor.hash === hashOf(line);
}

async function lastLine({ open, signal }: ReadRunOptions): Promise<Buffer | undefined> {
  const stream = await open({ tailLines: 1 }, signal);
  if (stream === undefined) return undefined;
  let last: Block | undefined;
  for await (const block of blocksOf(stream)) last = block;
  return last?.bytes;
}
