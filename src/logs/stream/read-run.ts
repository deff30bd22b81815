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

/** What has been read so far; updated while reading. */
export interface ReadResult {
  lines: number;
  /** Size before compression. */
  bytes: number;
  firstTime: string | undefined;
  cursor: Cursor | undefined;
  readonly gaps: Gap[];
  readonly caps: Cap[];
  /** Whether nothing is left to read; for a run that has ended, for ever. */
  isComplete: boolean;
  /** Whether the log no longer exists. */
  isGone: boolean;
  /** How often a stream broke off or ended early, and was opened again. */
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
/**
 * A stream that ends without error may have been cut. After this many streams without a new line, read by
 * position and by time, it was not.
 */
const FRUITLESS_AT_MOST = 4;

/**
 * Reads one run of a container from its cursor to its end, in blocks of whole lines, redacted. It reads the
 * node's file from its beginning and skips up to the cursor. If it were requested by time, the node would leave
 * out lines that were written after its clock was set back. A stream that breaks off, with or without an error,
 * is opened again at the position that was reached. If it keeps breaking off before that position, it is
 * requested by time. So no line is lost, and none comes twice. Lines that have rotated away meanwhile are noted
 * as a gap.
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
      // A stream that brought lines is opened again at once: streams may be cut every few MB.
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

/** Reads one stream, and returns whether nothing more is left to read. */
async function* readOn(
  options: ReadRunOptions,
  { mode, ...rest }: Omit<ReadContext, 'stream'>,
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

/** Whether a stream that has ended was complete. If it was not, `mode` says how to continue. */
async function isOver(
  options: ReadRunOptions,
  { result, mode }: Pick<ReadContext, 'result' | 'mode'>,
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
  // The log was rotated just now, and has no new line. The next collection finds out whether lines are missing.
  if (options.hasEnded) noteGap(result, options.until, 'rotated');
  return true;
}

function whereToBegin({ since, until }: ReadRunOptions, cursor: Cursor | undefined): LogRequest {
  if (cursor === undefined) return since === undefined ? {} : { sinceTime: since };
  // A line from the future: the node's clock was ahead, and may have been set back since.
  const now = canonicalTime(until) ?? cursor.time;
  if (cursor.time <= now) return { sinceTime: wholeSecond(cursor.time) };
  const minuteBefore = new Date(Date.parse(until) - 60_000).toISOString();
  return { sinceTime: wholeSecond(minuteBefore) };
}

interface ReadContext {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly position: LinePosition;
  readonly result: ReadResult;
  readonly limits: ReturnType<typeof createLimits>;
  readonly mode: ReadMode;
}

/** How a stream ended. */
interface StreamEnd {
  /** A piece of a line. */
  readonly piece?: Buffer;
  /** The last skipped line; set if the cursor's line was not found. */
  readonly lastSkipped?: SkippedLine;
  /** Set if the cursor's line is lost, and the skipped lines are new. */
  readonly isRotated?: true;
}

/** Reads one stream to its end. */
async function* readOnce(
  options: ReadRunOptions,
  { stream, position, result, limits, mode }: ReadContext,
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

// If the cursor's line is lost, the lines before the first later one are new: those that were skipped, and
// those that the node left out because of their time.
function hasMore(lost: SearchResult['lost'], { isWhole }: ReadMode): boolean {
  return lost !== undefined && (lost.hasPassed || !isWhole);
}

function endBeforeCursor(search: CursorSearch | undefined, lastSkipped: SkippedLine): StreamEnd {
  return search === undefined ? {} : { lastSkipped };
}

/** Searches for the cursor's line; if that is lost, for the first line with a time. */
function searchFor(cursor: Cursor, mode: ReadMode): CursorSearch {
  if (!mode.isLost) return createCursorSearch(cursor);
  mode.isLost = false;
  return createCursorSearch({ ...cursor, hash: '', latest: EARLIEST });
}

const EARLIEST = '0000-01-01T00:00:00.000000000Z';

/** Notes that lines may be missing between the cursor and a time, in either order: clocks are set back. */
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
  }: Omit<ReadContext, 'stream' | 'mode'> & { readonly mode?: ReadMode },
  { fresh, cut }: { readonly fresh: Buffer; readonly cut: number },
): Buffer {
  const within = limits.within(fresh);
  const { lines, longest, firstTime, isSetBack } = position.pass(within);
  // The node has left out lines with a time before the requested one.
  if (isSetBack && mode?.isWhole === false && firstTime !== undefined)
    noteGap(result, firstTime, 'failed');
  // Redaction needs whole lines. Only its output may be cut shorter.
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

// A run that was never read is missing from its beginning, or from the requested time if that is later.
function noteGone({ since, startedAt, until, hasEnded }: ReadRunOptions, result: ReadResult): void {
  result.isGone = true;
  const begin = [since, startedAt].flatMap((time) => canonicalTime(time ?? '') ?? []);
  const from = result.cursor?.time ?? begin.toSorted().at(-1);
  noteGap(result, until, hasEnded ? 'run-gone' : 'pod-gone', from);
}
