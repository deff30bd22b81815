import type { FollowOptions } from './follow-options.ts';
import type { LiveLogState } from './follow-options.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cursor } from '../manifest.ts';
import { createLinePosition, createCursorSearch } from '../stream/position.ts';
import { catchUp, reasonOf } from './catch-up.ts';
import type { FollowPosition } from './catch-up.ts';
import { liveLines } from './live-lines.ts';

// A stream can stop without an error or an end, above all when the log is rotated. Probes alone are logged
// every ten seconds. Opening it again costs little, and no line comes twice.
const IDLE_MS = 30_000;
const WAIT_FIRST_MS = 250;
const WAIT_AT_MOST_MS = 10_000;
/**
 * How many of the newest lines are requested when a run is followed again, once all lines before them were
 * read.
 */
const NEWEST_LINES = 1000;
const FEED = 0x0a;

/**
 * The lines of one run of a container as they are written, in blocks of whole lines, redacted, until the run
 * has ended and is read to its end. A stream that breaks off, ends or stays idle is opened again at the last
 * line. So no line is lost and none comes twice, even if the node's clock is set meanwhile. Lines that have
 * rotated away are noted. `idleMs` is for tests.
 */
export async function* followRun(options: FollowOptions, idleMs = IDLE_MS): AsyncGenerator<Buffer> {
  const { signal } = options;
  const position: FollowPosition = { cursor: undefined };
  let failures = 0;
  while (!signal.aborted) {
    const at = options.logState();
    if (at === 'gone') return;
    try {
      for await (const block of readOnce(options, { at, position, idleMs })) {
        failures = 0;
        yield block;
      }
      if (at === 'previous') return;
    } catch (error) {
      if (signal.aborted) return;
      failures = noteFailure(options, error, failures);
    }
    await pause(options, failures);
  }
}

/** Throws a failure that cannot pass. Notes the first of several failures in a row. Returns their number. */
function noteFailure({ mayPass, note }: FollowOptions, error: unknown, before: number): number {
  if (!mayPass(error)) throw error;
  if (before === 0) note(`${reasonOf(error)}; going on`);
  return before + 1;
}

interface StreamAttempt {
  readonly at: LiveLogState;
  readonly position: FollowPosition;
  readonly idleMs: number;
}

/** First the lines that were missed since the position, then new ones for as long as the stream lasts. */
async function* readOnce(
  options: FollowOptions,
  { at, position, idleMs }: StreamAttempt,
): AsyncGenerator<Buffer> {
  if (at === 'previous' || position.cursor !== undefined) {
    yield* catchUp(options, { at, position });
  }
  if (at === 'previous' || options.signal.aborted) return;
  const idle = createIdleTimeout(options.signal, idleMs);
  try {
    yield* readLive(options, position, idle);
  } catch (error) {
    if (!idle.hasExpired()) throw error;
  } finally {
    idle.end();
  }
}

async function* readLive(
  { open, since, redactor }: FollowOptions,
  position: FollowPosition,
  idle: ReturnType<typeof createIdleTimeout>,
): AsyncGenerator<Buffer> {
  const { cursor } = position;
  const begin = cursor === undefined ? { sinceTime: since } : { tailLines: NEWEST_LINES };
  const stream = await open({ previous: false, follow: true, ...begin }, idle.signal);
  if (stream === undefined) return;
  const lines = createLinePosition(cursor);
  for await (const block of freshLines(liveLines(stream), cursor)) {
    idle.reset();
    lines.pass(block);
    position.cursor = lines.cursor();
    yield redactor.block(block);
  }
}

/**
 * Skips the lines that were read before. Ends if the position is not among the newest lines. Then more lines
 * than that were written since, or they have rotated away: catching up finds out which.
 */
async function* freshLines(
  blocks: AsyncIterable<Buffer>,
  cursor: Cursor | undefined,
): AsyncGenerator<Buffer> {
  let search = cursor === undefined ? undefined : createCursorSearch(cursor);
  let skipped = 0;
  for await (const block of blocks) {
    if (search === undefined) {
      yield block;
      continue;
    }
    const found = search.next(block);
    skipped += countLines(block);
    const isMissed = found === undefined ? skipped >= NEWEST_LINES : found.lost !== undefined;
    if (isMissed) return;
    if (found === undefined) continue;
    search = undefined;
    if (found.fresh.length > 0) yield found.fresh;
  }
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(FEED); at !== -1; at = block.indexOf(FEED, at + 1)) lines += 1;
  return lines;
}

/** Aborts a stream that has been idle for a time. */
function createIdleTimeout(signal: AbortSignal, ms: number) {
  const controller = new AbortController();
  const abort = () => {
    clearTimeout(timer);
    controller.abort();
  };
  const timer = setTimeout(abort, ms);
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    hasExpired: () => controller.signal.aborted,
    reset: () => void timer.refresh(),
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

// The end of a stream can mean three things: the run has ended, the log was rotated, or a proxy has closed the
// stream. The next list of pods shows which.
async function pause({ nextPoll, signal }: FollowOptions, failures: number): Promise<void> {
  const ms = failures === 0 ? 0 : Math.min(WAIT_AT_MOST_MS, WAIT_FIRST_MS * 2 ** failures);
  await Promise.all([nextPoll(), sleep(ms, undefined, { signal }).catch(() => {})]);
}
