import { setTimeout as sleep } from 'node:timers/promises';
import type { Cap, Cursor, Gap } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import { blocksOf } from './blocks.ts';
import type { Block } from './blocks.ts';
import { createLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { createPlace, createSearch, hashOf } from './place.ts';
import type { Place } from './place.ts';
import { canonicalTime, timeOfLine, wholeSecond } from './time.ts';

/** What is asked of the log API, always with times. `sinceTime` is a whole second. */
export interface Asked {
  readonly sinceTime?: string;
  readonly tailLines?: number;
}

/**
 * Opens the log of one run. Resolves to undefined where it is not there any more (the pod or its
 * former run is gone, or has not begun).
 */
export type OpenLog = (
  asked: Asked,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array> | undefined>;

export interface Reading {
  readonly open: OpenLog;
  /** Where the last bundle ended; absent for a run that was never read. */
  readonly cursor?: Cursor | undefined;
  /** RFC 3339: from when on a run without a cursor is read; absent for all there is. */
  readonly since?: string | undefined;
  /** RFC 3339: when this collection began; lines later than that are taken where they come along. */
  readonly until: string;
  /** Whether the run has ended: then a last line without a line feed is a line. */
  readonly hasEnded: boolean;
  readonly limits: Limits;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Whether trying again may help. */
  readonly mayPass: (error: unknown) => boolean;
}

/** What has been read so far; filled in while it is. */
export interface Taken {
  lines: number;
  /** Before they are compressed. */
  bytes: number;
  firstTime: string | undefined;
  cursor: Cursor | undefined;
  readonly gaps: Gap[];
  readonly caps: Cap[];
  /** Whether nothing is left to be read: of a run that has ended, ever. */
  isComplete: boolean;
  /** Whether the log was not there any more. */
  isGone: boolean;
  /** How often the stream broke off or ended early, and was opened anew. */
  reopened: number;
}

export const nothingTaken = (cursor?: Cursor): Taken => ({
  lines: 0,
  bytes: 0,
  firstTime: undefined,
  cursor,
  gaps: [],
  caps: [],
  isComplete: false,
  isGone: false,
  reopened: 0,
});

const FAILURES_AT_MOST = 8;
const WAIT_FIRST_MS = 250;
const WAIT_AT_MOST_MS = 5_000;
/** A stream that ends without error may have been cut; one that brings nothing new has not. */
const FRUITLESS_AT_MOST = 2;

/**
 * Reads one run of a container from its cursor to its end: blocks of whole lines, redacted. A stream
 * that breaks off, with an error or without, is opened anew at the place that was reached, so that no
 * line is lost or comes twice. What has rotated away meanwhile is noted as a gap.
 */
export async function* readRun(reading: Reading, taken: Taken): AsyncGenerator<Buffer> {
  const { signal, mayPass } = reading;
  const place = createPlace(reading.cursor);
  const limits = createLimits(reading.limits, taken);
  let failures = 0;
  let fruitless = 0;
  for (;;) {
    const before = taken.lines;
    try {
      if (yield* readOn(reading, { place, taken, limits })) return;
      fruitless = taken.lines > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_AT_MOST) return;
    } catch (error) {
      signal.throwIfAborted();
      // One that has brought lines is opened anew at once: it may be cut every few MB.
      failures = taken.lines > before ? 0 : failures + 1;
      if (failures > FAILURES_AT_MOST || !mayPass(error)) throw error;
      const wait = failures === 0 ? 0 : Math.min(WAIT_AT_MOST_MS, WAIT_FIRST_MS * 2 ** failures);
      await sleep(wait, undefined, { signal });
    }
    taken.reopened += 1;
  }
}

/** Reads one stream, and says whether there is nothing more to be read. */
async function* readOn(
  reading: Reading,
  { place, taken, limits }: Omit<Stream, 'stream'>,
): AsyncGenerator<Buffer, boolean> {
  const stream = await reading.open(whereToBegin(reading, taken.cursor), reading.signal);
  if (stream === undefined) {
    noteGone(reading, taken);
    return true;
  }
  const piece = yield* readOnce(reading, { stream, place, taken, limits });
  if (limits.isReached()) return true;
  if (!(await isAtEnd(reading, taken, piece))) return false;
  if (piece !== undefined && reading.hasEnded) yield* takePiece(reading, place, taken, piece);
  taken.isComplete = true;
  return true;
}

function whereToBegin({ since, until }: Reading, cursor: Cursor | undefined): Asked {
  if (cursor === undefined) return since === undefined ? {} : { sinceTime: since };
  // A line from the future: its node's clock was ahead, and by now may have been set back.
  const now = canonicalTime(until) ?? cursor.time;
  if (cursor.time <= now) return { sinceTime: wholeSecond(cursor.time) };
  const minuteBefore = new Date(Date.parse(until) - 60_000).toISOString();
  return { sinceTime: wholeSecond(minuteBefore) };
}

interface Stream {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly place: Place;
  readonly taken: Taken;
  readonly limits: ReturnType<typeof createLimits>;
}

/** Reads one stream as far as it goes; returns the piece of a line that it ended with, if any. */
async function* readOnce(
  reading: Reading,
  { stream, place, taken, limits }: Stream,
): AsyncGenerator<Buffer, Buffer | undefined> {
  let search = taken.cursor === undefined ? undefined : createSearch(taken.cursor);
  for await (const { bytes, isPiece, cut } of blocksOf(stream)) {
    reading.signal.throwIfAborted();
    if (isPiece) return bytes;
    const found = search === undefined ? { fresh: bytes } : search.next(bytes);
    if (found === undefined) continue;
    search = undefined;
    const { fresh } = found;
    noteRotated(taken, found);
    if (fresh.length > 0) yield take(reading.redactor, { place, taken, limits }, { fresh, cut });
    if (limits.isReached()) return undefined;
  }
  return undefined;
}

function noteRotated(taken: Taken, { lost }: { readonly lost?: string }): void {
  if (lost === undefined || taken.cursor === undefined) return;
  taken.gaps.push({ from: taken.cursor.time, to: lost, reason: 'rotated' });
}

function take(
  redactor: Redactor,
  { place, taken, limits }: Omit<Stream, 'stream'>,
  { fresh, cut }: { readonly fresh: Buffer; readonly cut: number },
): Buffer {
  const within = limits.within(fresh);
  const { lines, longest, firstTime } = place.pass(within);
  // Redaction sees whole lines; only what it has passed may be cut shorter.
  const kept = limits.shorten(redactor.block(within), longest, cut);
  taken.lines += lines;
  taken.bytes += kept.length;
  taken.firstTime ??= firstTime;
  taken.cursor = place.cursor() ?? taken.cursor;
  return kept;
}

function* takePiece(
  { redactor, limits }: Reading,
  place: Place,
  taken: Taken,
  piece: Buffer,
): Generator<Buffer> {
  const fresh = Buffer.concat([piece, Buffer.from('\n')]);
  yield take(redactor, { place, taken, limits: createLimits(limits, taken) }, { fresh, cut: 0 });
}

/**
 * Whether a stream that ended without error ended because there is no more. It did if it came up to
 * the time of the collection, or if the log's last line is the last that was taken.
 */
async function isAtEnd(
  reading: Reading,
  taken: Taken,
  piece: Buffer | undefined,
): Promise<boolean> {
  const { cursor } = taken;
  const until = canonicalTime(reading.until);
  if (!reading.hasEnded && cursor !== undefined && until !== undefined && cursor.time >= until) {
    return true;
  }
  const last = await lastLine(reading);
  if (last === undefined) return true;
  if (piece !== undefined) return hashOf(piece) === hashOf(last);
  const time = timeOfLine(last, 0, last.length);
  // Not of the container: what the kubelet has to say, which has no time.
  if (time === undefined) return true;
  return cursor?.time === time.toString('latin1') && cursor.hash === hashOf(last);
}

async function lastLine({ open, signal }: Reading): Promise<Buffer | undefined> {
  const stream = await open({ tailLines: 1 }, signal);
  if (stream === undefined) return undefined;
  let last: Block | undefined;
  for await (const block of blocksOf(stream)) last = block;
  return last?.bytes;
}

function noteGone({ until, hasEnded }: Reading, taken: Taken): void {
  const { cursor } = taken;
  taken.isGone = true;
  if (cursor === undefined) return;
  const reason = hasEnded ? 'run-gone' : 'pod-gone';
  taken.gaps.push({ from: cursor.time, to: canonicalTime(until) ?? until, reason });
}
