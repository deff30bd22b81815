import { createHash } from 'node:crypto';
import type { Cursor } from '../manifest.ts';
import { LINE_HELD_BYTES } from './blocks.ts';
import { compareTimes, timeOfLine } from './time.ts';

const NEWLINE = 0x0a;

/** Follows the lines of one run, and knows the position. */
export interface LinePosition {
  /** Notes a block of whole lines. */
  pass(block: Buffer): BlockFacts;
  /** The lines so far have rotated away: the file holds none of the lines with the last one's time. */
  rotated(): void;
  /** The position from which the next reading continues; undefined until a line has a time. */
  cursor(): Cursor | undefined;
}

export interface BlockFacts {
  readonly lines: number;
  /** Bytes of the longest line, its line feed included. */
  readonly longest: number;
  readonly firstTime: string | undefined;
  /** Whether a line's time is more than a second before the previous line's: a clock was set back. */
  readonly isSetBack: boolean;
}

/** Continues from a cursor, or starts at the beginning. */
export function createLinePosition(from?: Cursor): LinePosition {
  let time: Buffer | undefined = from === undefined ? undefined : Buffer.from(from.time);
  let latest: Buffer | undefined = from === undefined ? undefined : Buffer.from(from.latest);
  let taken = from?.taken ?? 0;
  let hash = from?.hash ?? '';
  let isSetBack = false;
  const note = (now: Buffer) => {
    if (time !== undefined && compareTimes(now, time) < 0) isSetBack ||= isSecondsBefore(now, time);
    taken = time !== undefined && compareTimes(now, time) === 0 ? taken + 1 : 1;
    time = now;
    if (latest === undefined || compareTimes(now, latest) > 0) latest = now;
  };
  return {
    pass: (block) => {
      let [lines, longest] = [0, 0];
      isSetBack = false;
      let first: Buffer | undefined;
      let last: readonly [number, number] | undefined;
      for (let start = 0; start < block.length;) {
        const end = block.indexOf(NEWLINE, start) + 1 || block.length;
        lines += 1;
        if (end - start > longest) longest = end - start;
        const now = timeOfLine(block, start, end);
        if (now !== undefined) {
          note(now);
          first ??= now;
          last = [start, end];
        }
        start = end;
      }
      if (last !== undefined) hash = hashOf(block.subarray(...last));
      // Copies: these few bytes must not keep the block in memory.
      [time, latest] = [copyOf(time), copyOf(latest)];
      return { lines, longest, firstTime: first?.toString('latin1'), isSetBack };
    },
    rotated: () => {
      taken = 0;
    },
    cursor: () =>
      time === undefined || latest === undefined
        ? undefined
        : { time: time.toString('latin1'), taken, hash, latest: latest.toString('latin1') },
  };
}

// A container writes to two streams at once, so lines may be out of order by a little.
function isSecondsBefore(one: Buffer, other: Buffer): boolean {
  return Date.parse(other.toString('latin1')) - Date.parse(one.toString('latin1')) > 1_000;
}

function copyOf(time: Buffer | undefined): Buffer | undefined {
  return time === undefined ? undefined : Buffer.from(time);
}

/** Searches for a cursor's position in a stream that begins somewhere before it. */
export interface CursorSearch {
  /**
   * Skips the lines of a block that were read before. Returns undefined while the position is not reached, else
   * the new lines of the block. `lost` is set if the line at the position is missing: to the time of the first
   * later line. All lines between have rotated away. `hasPassed` says whether lines before that later one were
   * skipped. If the stream is the whole file, these were never read either: its clock was set back.
   */
  next(block: Buffer): SearchResult | undefined;
}

export interface SearchResult {
  readonly fresh: Buffer;
  readonly lost?: { readonly at: string; readonly hasPassed: boolean };
}

export function createCursorSearch(cursor: Cursor): CursorSearch {
  const wanted = Buffer.from(cursor.time);
  const latest = Buffer.from(cursor.latest);
  let equal = 0;
  let hasPassed = false;
  const isWanted = (now: Buffer, line: Buffer) => {
    if (compareTimes(now, wanted) !== 0) return false;
    equal += 1;
    return equal === cursor.taken && hashOf(line) === cursor.hash;
  };
  return {
    next: (block) => {
      for (let start = 0; start < block.length;) {
        const end = block.indexOf(NEWLINE, start) + 1 || block.length;
        const now = timeOfLine(block, start, end);
        if (now !== undefined && isWanted(now, block.subarray(start, end))) {
          return { fresh: block.subarray(end) };
        }
        // Later than all lines that were read, and the last of these was not found.
        if (now !== undefined && compareTimes(now, latest) > 0) {
          return { fresh: block.subarray(start), lost: { at: now.toString('latin1'), hasPassed } };
        }
        hasPassed ||= now !== undefined;
        start = end;
      }
      return undefined;
    },
  };
}

/**
 * The first 12 hexadecimal digits of a line's SHA-256, without its line feed. Only the held beginning of a
 * longer line counts, because following a line and reading it in blocks cut it at different lengths.
 */
export function hashOf(line: Buffer): string {
  const text = line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
  const held = text.subarray(0, LINE_HELD_BYTES - 1);
  return createHash('sha256').update(held).digest('hex').slice(0, 12);
}
