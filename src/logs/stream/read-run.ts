import type { ReadRunOptions } from './run-options.ts';
import type { LogRequest } from './run-options.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cap, Cursor, Gap } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import { blocksOf } from './blocks.ts';
import { hasTime, isAllOf, isAtEnd, lastOf } from './ending.ts';
import type { SkippedLine } from './ending.ts';
import { createLimits } from './limits.ts';
import { createLinePosition, createCursorSearch } from './position.ts';
import type { SearchResult, LinePosition, CursorSearch } from './position.ts';
import { canonicalTime, wholeSecond } from './time.ts';
import { noteAwaited, chooseReadMode, firstReadMode } from './read-mode.ts';
import type { ReadMode } from './read-mode.ts';

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

export function emptyReadResult(cursor?: Cursor): ReadResult {
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
export async function* readRun(
  options: ReadRunOptions,
  result: ReadResult,
): AsyncGenerator<Buffer> {
  const { signal, mayPass } = options;
  const position = createLinePosition(options.cursor);
  const limits = createLimits(options.limits, result);
  const mode = firstReadMode(options.cursor);
  let failures = 0;
  let fruitless = 0;
  for (;;) {
    const before = result.lines;
    try {
      if (yield* readOn(options, { position, result, limits, mode })) return;
      fruitless = result.lines > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_AT_MOST) return;
    } catch (error) {
      signal.throwIfAborted();
      // One that has brought lines is opened anew at once: it may be cut every few MB.
      failures = result.lines > before ? 0 : failures + 1;
      if (failures > FAILURES_AT_MOST || !mayPass(error)) throw error;
      await pauseAfter(failures, signal);
    }
    result.reopened += 1;
    chooseReadMode(mode, result.cursor, result.lines > before);
  }
}

async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  const wait = failures === 0 ? 0 : Math.min(WAIT_AT_MOST_MS, WAIT_FIRST_MS * 2 ** failures);
  await sleep(wait, undefined, { signal });
}

/** Reads one stream, and says whether there is nothing more to be read. */
async function* readOn(
  options: ReadRunOptions,
  { mode, ...rest }: Omit<StreamContext, 'stream'>,
): AsyncGenerator<Buffer, boolean> {
  const { position, result, limits } = rest;
  const request = mode.isWhole ? {} : whereToBegin(options, result.cursor);
  mode.isWhole = request.sinceTime === undefined;
  const stream = await options.open(request, options.signal);
  if (stream === undefined) {
    noteGone(options, result);
    return true;
  }
  const end = yield* readOnce(options, { stream, mode, ...rest });
  if (limits.isReached()) return true;
  if (!(await isOver(options, { result, mode }, end))) return false;
  const { piece } = end;
  if (piece !== undefined && options.hasEnded) yield* takePiece(options, position, result, piece);
  result.isComplete = true;
  return true;
}

/** Whether a stream that ended was all there is to be read; where it was not, `way` knows how to go on. */
async function isOver(
  options: ReadRunOptions,
  { result, mode }: Pick<StreamContext, 'result' | 'mode'>,
  { piece, lastSkipped, isRotated }: StreamEnd,
): Promise<boolean> {
  if (isRotated === true) {
    mode.isLost = true;
    return false;
  }
  if (lastSkipped === undefined) return isAtEnd(options, mode, { cursor: result.cursor, piece });
  const isAll = mode.isWhole && (await isAllOf(options, lastSkipped));
  mode.isLost = isAll && hasTime(lastSkipped);
  if (!isAll || mode.isLost) return false;
  // Rotated just now, and nothing said since: the next collection sees whether anything is missing.
  if (options.hasEnded) noteGap(result, options.until, 'rotated');
  return true;
}

function whereToBegin({ since, until }: ReadRunOptions, cursor: Cursor | undefined): LogRequest {
  if (cursor === undefined) return since === undefined ? {} : { sinceTime: since };
  // A line from the future: its node's clock was ahead, and by now may have been set back.
  const now = canonicalTime(until) ?? cursor.time;
  if (cursor.time <= now) return { sinceTime: wholeSecond(cursor.time) };
  const minuteBefore = new Date(Date.parse(until) - 60_000).toISOString();
  return { sinceTime: wholeSecond(minuteBefore) };
}

interface StreamContext {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly position: LinePosition;
  readonly result: ReadResult;
  readonly limits: ReturnType<typeof createLimits>;
  readonly mode: ReadMode;
}

/** What a stream ended with. */
interface StreamEnd {
  /** A piece of a line. */
  readonly piece?: Buffer;
  /** Set if the cursor's line did not come: the last line that did. */
  readonly lastSkipped?: SkippedLine;
  /** Set if it cannot come any more, and lines that were passed over are new. */
  readonly isRotated?: true;
}

/** Reads one stream as far as it goes. */
async function* readOnce(
  options: ReadRunOptions,
  { stream, position, result, limits, mode }: StreamContext,
): AsyncGenerator<Buffer, StreamEnd> {
  let search = result.cursor === undefined ? undefined : searchFor(result.cursor, mode);
  let skipped: Buffer | undefined;
  for await (const { bytes, isPiece, cut } of blocksOf(stream)) {
    options.signal.throwIfAborted();
    if (isPiece) return { piece: bytes, ...endBeforeCursor(search, { line: bytes }) };
    const found = search === undefined ? { fresh: bytes } : search.next(bytes);
    if (found === undefined) {
      skipped = bytes;
      continue;
    }
    search = undefined;
    const { fresh, lost } = found;
    if (hasMore(lost, mode)) return { isRotated: true };
    if (lost !== undefined) noteRotated(result, position, lost.at);
    noteAwaited(mode, fresh);
    if (fresh.length > 0)
      yield take(options.redactor, { position, result, limits, mode }, { fresh, cut });
    if (limits.isReached()) return {};
  }
  return endBeforeCursor(search, lastOf(skipped));
}

// What comes before the first later line is new where the place is not there any more: what was passed over,
// and what was left out because of its time.
function hasMore(lost: SearchResult['lost'], { isWhole }: ReadMode): boolean {
  return lost !== undefined && (lost.hasPassed || !isWhole);
}

function endBeforeCursor(search: CursorSearch | undefined, lastSkipped: SkippedLine): StreamEnd {
  return search === undefined ? {} : { lastSkipped };
}

/** Looks for the cursor's line; if it is not there any more, for the first line that has a time. */
function searchFor(cursor: Cursor, mode: ReadMode): CursorSearch {
  if (!mode.isLost) return createCursorSearch(cursor);
  mode.isLost = false;
  return createCursorSearch({ ...cursor, hash: '', latest: EARLIEST });
}

const EARLIEST = '0000-01-01T00:00:00.000000000Z';

/** Notes that lines may be missing between the cursor and a time, whichever is earlier: clocks are set back. */
function noteGap(
  result: ReadResult,
  time: string,
  reason: Gap['reason'],
  since = result.cursor?.time,
): void {
  if (since === undefined) return;
  const [from = since, to = since] = [since, canonicalTime(time) ?? time].toSorted();
  result.gaps.push({ from, to, reason });
}

function noteRotated(result: ReadResult, position: LinePosition, time: string): void {
  noteGap(result, time, 'rotated');
  position.rotated();
}

function take(
  redactor: Redactor,
  {
    position,
    result,
    limits,
    mode,
  }: Omit<StreamContext, 'stream' | 'mode'> & { readonly mode?: ReadMode },
  { fresh, cut }: { readonly fresh: Buffer; readonly cut: number },
): Buffer {
  const within = limits.within(fresh);
  const { lines, longest, firstTime, isSetBack } = position.pass(within);
  // The node has left out what was said at times before the one that was asked for.
  if (isSetBack && mode?.isWhole === false && firstTime !== undefined)
    noteGap(result, firstTime, 'failed');
  // Redaction sees whole lines; only what it has passed may be cut shorter.
  const kept = limits.shorten(redactor.block(within), longest, cut);
  result.lines += lines;
  result.bytes += kept.length;
  result.firstTime ??= firstTime;
  result.cursor = position.cursor() ?? result.cursor;
  return kept;
}

function* takePiece(
  { redactor, limits }: ReadRunOptions,
  position: LinePosition,
  result: ReadResult,
  piece: Buffer,
): Generator<Buffer> {
  const fresh = Buffer.concat([piece, Buffer.from('\n')]);
  yield take(
    redactor,
    { position, result, limits: createLimits(limits, result) },
    { fresh, cut: 0 },
  );
}

// A run that never was read is missed from its beginning on, or from when on it was asked for.
function noteGone({ since, startedAt, until, hasEnded }: ReadRunOptions, result: ReadResult): void {
  result.isGone = true;
  const begin = [since, startedAt].flatMap((time) => canonicalTime(time ?? '') ?? []);
  const from = result.cursor?.time ?? begin.toSorted().at(-1);
  noteGap(result, until, hasEnded ? 'run-gone' : 'pod-gone', from);
}
