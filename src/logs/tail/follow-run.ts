import { setTimeout as sleep } from 'node:timers/promises';
import type { Cursor } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import { createPlace, createSearch } from '../stream/place.ts';
import type { Place } from '../stream/place.ts';
import { wholeSecond } from '../stream/time.ts';
import { liveLines } from './live-lines.ts';

/** Where the log of a run is to be had now; `gone` for nowhere any more. */
export type Whereabouts = 'present' | 'previous' | 'gone';

/** What is asked of the log API, always with times. `sinceTime` is a whole second. */
export interface Asked {
  readonly previous: boolean;
  readonly follow: boolean;
  readonly sinceTime?: string | undefined;
}

export interface Following {
  /** Resolves to undefined where there is no log: not yet, or not any more. */
  readonly open: (
    asked: Asked,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** As of the last look at the cluster. */
  readonly whereabouts: () => Whereabouts;
  /** Resolves after the next look at the cluster. */
  readonly nextLook: () => Promise<void>;
  /** RFC 3339: from when on; absent for all there is. */
  readonly since: string | undefined;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Whether trying again may help. */
  readonly mayPass: (error: unknown) => boolean;
  readonly note: (text: string) => void;
}

// A stream can die without a word, above all when the log is rotated; probes alone are logged every
// ten seconds. Opening it anew costs little, and nothing comes twice.
const SILENT_MS = 30_000;
const WAIT_FIRST_MS = 250;
const WAIT_AT_MOST_MS = 10_000;

/**
 * The lines of one run of a container as they are written, in blocks of whole lines, redacted, until
 * the run is over and read to its end. A stream that breaks off, ends, or falls silent is opened
 * anew at the line that was reached: none is lost, and none comes twice. What has rotated away
 * meanwhile is noted. `silentMs` is for tests.
 */
export async function* followRun(
  following: Following,
  silentMs = SILENT_MS,
): AsyncGenerator<Buffer> {
  const { signal } = following;
  const place = createPlace();
  let failures = 0;
  while (!signal.aborted) {
    const at = following.whereabouts();
    if (at === 'gone') return;
    const silence = createSilence(signal, silentMs);
    try {
      for await (const block of readOnce(following, { at, place, silence })) {
        failures = 0;
        yield block;
      }
      if (at === 'previous') return;
    } catch (error) {
      if (signal.aborted) return;
      if (!silence.isLong()) failures = noteFailure(following, error, failures);
    } finally {
      silence.end();
    }
    await pause(following, failures);
  }
}

/** Throws where trying again can't help; says a failure that lasts once. Returns how many there were. */
function noteFailure({ mayPass, note }: Following, error: unknown, before: number): number {
  if (!mayPass(error)) throw error;
  const reason = error instanceof Error ? error.message : 'the stream broke off';
  if (before === 0) note(`${reason}; going on`);
  return before + 1;
}

interface Once {
  readonly at: Whereabouts;
  readonly place: Place;
  readonly silence: ReturnType<typeof createSilence>;
}

/** What is new in one stream. */
async function* readOnce(
  { open, since, redactor, note }: Following,
  { at, place, silence }: Once,
): AsyncGenerator<Buffer> {
  const cursor = place.cursor();
  const sinceTime = cursor === undefined ? since : wholeSecond(cursor.time);
  const asked = { previous: at === 'previous', follow: at === 'present', sinceTime };
  const stream = await open(asked, silence.signal);
  if (stream === undefined) return;
  const lost = (from: string, to: string) => {
    note(`lines from ${from} to ${to} have rotated away`);
    redactor.skip();
  };
  for await (const block of freshLines(liveLines(stream), cursor, lost)) {
    silence.broken();
    place.pass(block);
    yield redactor.block(block);
  }
}

/** Passes over what was read before. */
async function* freshLines(
  blocks: AsyncIterable<Buffer>,
  cursor: Cursor | undefined,
  lost: (from: string, to: string) => void,
): AsyncGenerator<Buffer> {
  let search = cursor === undefined ? undefined : createSearch(cursor);
  for await (const block of blocks) {
    if (search === undefined) {
      yield block;
      continue;
    }
    const found = search.next(block);
    if (found === undefined) continue;
    if (found.lost !== undefined && cursor !== undefined) lost(cursor.time, found.lost);
    search = undefined;
    if (found.fresh.length > 0) yield found.fresh;
  }
}

/** Aborts a stream that has said nothing for a time. */
function createSilence(signal: AbortSignal, ms: number) {
  const controller = new AbortController();
  const abort = () => {
    clearTimeout(timer);
    controller.abort();
  };
  const timer = setTimeout(abort, ms);
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    isLong: () => controller.signal.aborted,
    broken: () => void timer.refresh(),
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

// A stream that has ended tells nothing by itself: the run is over, the log was rotated, or somebody
// in between has closed it. The cluster's next list of pods knows.
async function pause({ nextLook, signal }: Following, failures: number): Promise<void> {
  const ms = failures === 0 ? 0 : Math.min(WAIT_AT_MOST_MS, WAIT_FIRST_MS * 2 ** failures);
  await Promise.all([nextLook(), sleep(ms, undefined, { signal }).catch(() => {})]);
}
