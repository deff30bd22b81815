import { createHash } from 'node:crypto';
import type { Cursor } from '../manifest.ts';
import { LINE_HELD_BYTES } from './blocks.ts';
import { compareTimes, timeOfLine } from './time.ts';

const NEWLINE = 0x0a;

/** Follows the lines of one run, and knows where it is. */
export interface LinePosition {
  /** Takes note of a block of whole lines. */
  pass(block: Buffer): BlockFacts;
  /** The lines so far have rotated away: of those with the time of the last one, none is in the file. */
  rotated(): void;
  /** Where the next reading has to go on; undefined as long as no line had a time. */
  cursor(): Cursor | undefined;
}

export interface BlockFacts {
  readonly lines: number;
  /** Bytes of the longest line, its line feed included. */
  readonly longest: number;
  readonly firstTime: string | undefined;
  /** Whether a line's time is more than a second before that of the line before it: a clock was set back. */
  readonly isSetBack: boolean;
}

/** Goes on from a cursor, or from the beginning. */
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
      // The block's memory is not to be held by a few bytes of it.
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

// Containers write to two streams at once, whose lines may change places.
function isSecondsBefore(one: Buffer, other: Buffer): boolean {
  return Date.parse(other.toString('latin1')) - Date.parse(one.toString('latin1')) > 1_000;
}

function copyOf(time: Buffer | undefined): Buffer | undefined {
  return time === undefined ? undefined : Buffer.from(time);
}

/** Looks for a cursor's place in a stream that begins somewhere before it. */
export interface CursorSearch {
  /**
   * Passes over the lines of a block that were taken before. Resolves to what is left of it:
   * undefined while the place was not reached, else the new lines. `lost` is set where the
   * place is not there any more, to the time of the first line that is: all between has rotated away.
   * `hasPassed` says whether lines were passed over before that one: they were never taken either, where
   * the stream is the whole file, whose clock was set back.
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
        // Later than all that was taken, and the last that was taken did not come.
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
 * The first 12 hexadecimal digits of a line's SHA-256, without its line feed. Of a longer line than is held
 * that of its beginning: who follows a line as it comes cuts it at another place than who reads it in blocks.
 */
export function hashOf(line: Buffer): string {
  const text = line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
  const held = text.subarray(0, LINE_HELD_BYTES - 1);
  return createHash('sha256').update(held).digest('hex').slice(0, 12);
}
