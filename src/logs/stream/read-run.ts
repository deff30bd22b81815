import type { RunReading } from './run-reading.ts';
import type { LogRequest } from './run-reading.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cap, Cursor, Gap } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import { blocksOf } from './blocks.ts';
import { hasTime, isAllOf, isAtEnd, lastOf } from './ending.ts';
import type { Passed } from './ending.ts';
import { createLimits } from './limits.ts';
import { createLinePosition, createCursorSearch } from './place.ts';
import type { Found, LinePosition, CursorSearch } from './place.ts';
import { canonicalTime, wholeSecond } from './time.ts';
import { noteCome, turn, wayFrom } from './way.ts';
import type { Way } from './way.ts';

/** What has been read so far; filled in while it is. */
export interface ReadResult {
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

export function nothingTaken(cursor?: Cursor): ReadResult {
  return {
    lines: 0,
    bytes: 0,
    firstTime: undefined,
    cursor,
    gaps: [],
    caps: [],
    isComplete: false,
    isGone: false,
    reopened: 0,
  };
}

const FAILURES_AT_MOST = 8;
const WAIT_FIRST_MS = 250;
const WAIT_AT_MOST_MS = 5_000;
/** A stream that ends without error may have been cut; one that brings nothing new, read either way, has not. */
const FRUITLESS_AT_MOST = 4;

/**
 * Reads one run of a container from its cursor to its end: blocks of whole lines, redacted. The node's
 * file is read from its beginning and passed over up to the cursor: asked by time, the node would leave out
 * what was written after its clock was set back. A stream that breaks off, with an error or without, is
 * opened anew at the place that was reached, by time, because it may break off at as many bytes again. So no
 * line is lost or comes twice. What has rotated away meanwhile is noted as a gap.
 */
export async function* readRun(reading: RunReading, taken: ReadResult): AsyncGenerator<Buffer> {
  const { signal, mayPass } = reading;
  const place = createLinePosition(reading.cursor);
  const limits = createLimits(reading.limits, taken);
  const way = wayFrom(reading.cursor);
  let failures = 0;
  let fruitless = 0;
  for (;;) {
    const before = taken.lines;
    try {
      if (yield* readOn(reading, { place, taken, limits, way })) return;
      fruitless = taken.lines > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_AT_MOST) return;
    } catch (error) {
      signal.throwIfAborted();
      // One that has brought lines is opened anew at once: it may be cut every few MB.
      failures = taken.lines > before ? 0 : failures + 1;
      if (failures > FAILURES_AT_MOST || !mayPass(error)) throw error;
      await pauseAfter(failures, signal);
    }
    taken.reopened += 1;
    turn(way, taken.cursor, taken.lines > before);
  }
}

async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  const wait = failures === 0 ? 0 : Math.min(WAIT_AT_MOST_MS, WAIT_FIRST_MS * 2 ** failures);
  await sleep(wait, undefined, { signal });
}

/** Reads one stream, and says whether there is nothing more to be read. */
async function* readOn(
  reading: RunReading,
  { way, ...rest }: Omit<Stream, 'stream'>,
): AsyncGenerator<Buffer, boolean> {
  const { place, taken, limits } = rest;
  const asked = way.isWhole ? {} : whereToBegin(reading, taken.cursor);
  way.isWhole = asked.sinceTime === undefined;
  const stream = await reading.open(asked, reading.signal);
  if (stream === undefined) {
    noteGone(reading, taken);
    return true;
  }
  const ended = yield* readOnce(reading, { stream, way, ...rest });
  if (limits.isReached()) return true;
  if (!(await isOver(reading, { taken, way }, ended))) return false;
  const { piece } = ended;
  if (piece !== undefined && reading.hasEnded) yield* takePiece(reading, place, taken, piece);
  taken.isComplete = true;
  return true;
}

/** Whether a stream that ended was all there is to be read; where it was not, `way` knows how to go on. */
async function isOver(
  reading: RunReading,
  { taken, way }: Pick<Stream, 'taken' | 'way'>,
  { piece, unfound, isRotated }: Ended,
): Promise<boolean> {
  if (isRotated === true) {
    way.isLost = true;
    return false;
  }
  if (unfound === undefined) return isAtEnd(reading, way, { cursor: taken.cursor, piece });
  const isAll = way.isWhole && (await isAllOf(reading, unfound));
  way.isLost = isAll && hasTime(unfound);
  if (!isAll || way.isLost) return false;
  // Rotated just now, and nothing said since: the next collection sees whether anything is missing.
  if (reading.hasEnded) noteGap(taken, reading.until, 'rotated');
  return true;
}

function whereToBegin({ since, until }: RunReading, cursor: Cursor | undefined): LogRequest {
  if (cursor === undefined) return since === undefined ? {} : { sinceTime: since };
  // A line from the future: its node's clock was ahead, and by now may have been set back.
  const now = canonicalTime(until) ?? cursor.time;
  if (cursor.time <= now) return { sinceTime: wholeSecond(cursor.time) };
  const minuteBefore = new Date(Date.parse(until) - 60_000).toISOString();
  return { sinceTime: wholeSecond(minuteBefore) };
}

interface Stream {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly place: LinePosition;
  readonly taken: ReadResult;
  readonly limits: ReturnType<typeof createLimits>;
  readonly way: Way;
}

/** What a stream ended with. */
interface Ended {
  /** A piece of a line. */
  readonly piece?: Buffer;
  /** Set where the cursor's line did not come: the last line that did. */
  readonly unfound?: Passed;
  /** Set where it cannot come any more, and lines that were passed over are new. */
  readonly isRotated?: true;
}

/** Reads one stream as far as it goes. */
async function* readOnce(
  reading: RunReading,
  { stream, place, taken, limits, way }: Stream,
): AsyncGenerator<Buffer, Ended> {
  let search = taken.cursor === undefined ? undefined : searchFor(taken.cursor, way);
  let passed: Buffer | undefined;
  for await (const { bytes, isPiece, cut } of blocksOf(stream)) {
    reading.signal.throwIfAborted();
    if (isPiece) return { piece: bytes, ...unfoundBy(search, { line: bytes }) };
    const found = search === undefined ? { fresh: bytes } : search.next(bytes);
    if (found === undefined) {
      passed = bytes;
      continue;
    }
    search = undefined;
    const { fresh, lost } = found;
    if (hasMore(lost, way)) return { isRotated: true };
    if (lost !== undefined) noteRotated(taken, place, lost.at);
    noteCome(way, fresh);
    if (fresh.length > 0)
      yield take(reading.redactor, { place, taken, limits, way }, { fresh, cut });
    if (limits.isReached()) return {};
  }
  return unfoundBy(search, lastOf(passed));
}

// What comes before the first later line is new where the place is not there any more: what was passed over,
// and what was left out because of its time.
function hasMore(lost: Found['lost'], { isWhole }: Way): boolean {
  return lost !== undefined && (lost.hasPassed || !isWhole);
}

function unfoundBy(search: CursorSearch | undefined, unfound: Passed): Ended {
  return search === undefined ? {} : { unfound };
}

/** Looks for the cursor's line; where it is not there any more, for the first line that has a time. */
function searchFor(cursor: Cursor, way: Way): CursorSearch {
  if (!way.isLost) return createCursorSearch(cursor);
  way.isLost = false;
  return createCursorSearch({ ...cursor, hash: '', latest: EARLIEST });
}

const EARLIEST = '0000-01-01T00:00:00.000000000Z';

/** Notes that lines may be missing between the cursor and a time, whichever is earlier: clocks are set back. */
function noteGap(
  taken: ReadResult,
  time: string,
  reason: Gap['reason'],
  since = taken.cursor?.time,
): void {
  if (since === undefined) return;
  const [from = since, to = since] = [since, canonicalTime(time) ?? time].toSorted();
  taken.gaps.push({ from, to, reason });
}

function noteRotated(taken: ReadResult, place: LinePosition, time: string): void {
  noteGap(taken, time, 'rotated');
  place.rotated();
}

function take(
  redactor: Redactor,
  { place, taken, limits, way }: Omit<Stream, 'stream' | 'way'> & { readonly way?: Way },
  { fresh, cut }: { readonly fresh: Buffer; readonly cut: number },
): Buffer {
  const within = limits.within(fresh);
  const { lines, longest, firstTime, isSetBack } = place.pass(within);
  // The node has left out what was said at times before the one that was asked for.
  if (isSetBack && way?.isWhole === false && firstTime !== undefined)
    noteGap(taken, firstTime, 'failed');
  // Redaction sees whole lines; only what it has passed may be cut shorter.
  const kept = limits.shorten(redactor.block(within), longest, cut);
  taken.lines += lines;
  taken.bytes += kept.length;
  taken.firstTime ??= firstTime;
  taken.cursor = place.cursor() ?? taken.cursor;
  return kept;
}

function* takePiece(
  { redactor, limits }: RunReading,
  place: LinePosition,
  taken: ReadResult,
  piece: Buffer,
): Generator<Buffer> {
  const fresh = Buffer.concat([piece, Buffer.from('\n')]);
  yield take(redactor, { place, taken, limits: createLimits(limits, taken) }, { fresh, cut: 0 });
}

// A run that never was read is missed from its beginning on, or from when on it was asked for.
function noteGone({ since, startedAt, until, hasEnded }: RunReading, taken: ReadResult): void {
  taken.isGone = true;
  const begin = [since, startedAt].flatMap((time) => canonicalTime(time ?? '') ?? []);
  const from = taken.cursor?.time ?? begin.toSorted().at(-1);
  noteGap(taken, until, hasEnded ? 'run-gone' : 'pod-gone', from);
}
