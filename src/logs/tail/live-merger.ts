import { setTimeout as sleep } from 'node:timers/promises';
import { timeOfLine } from '../stream/time.ts';

/** A line, without its line feed, and its source. */
export interface TailedLine {
  readonly from: string;
  readonly line: Buffer;
}

/** How long a line waits for an earlier one of another pod that logs nothing at the moment. */
const WAIT_MS = 300;
/** How much of one source may wait; beyond that its stream is not read. */
const QUEUE_BYTES_AT_MOST = 4 * 1024 * 1024;
const BATCH_AT_MOST = 1000;
const FEED = 0x0a;

interface QueuedLine extends TailedLine {
  readonly time: string;
  readonly arrivedAt: number;
}

/** One of the streams to merge. The lines of its queue before `at` were taken. */
interface QueuedStream {
  queue: QueuedLine[];
  at: number;
  bytes: number;
  latest: string;
}

/**
 * Merges lines of several live streams in order of time. While every stream has lines the order is exact. A
 * line waits only a moment for streams without lines. Within one stream the order stays, whatever the times
 * are. `waitMs` is for tests.
 */
export function createLiveMerger(waitMs = WAIT_MS) {
  const sources = new Set<QueuedStream>();
  let changed = Promise.withResolvers<void>();
  const state = { isClosed: false };
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const until = async (isSo: () => boolean) => {
    while (!state.isClosed && !isSo()) await changed.promise;
  };
  return {
    /** Adds a stream and reads it to its end. Resolves when all of its lines have been taken. */
    addStream: async (from: string, blocks: AsyncIterable<Buffer>): Promise<void> => {
      const source: QueuedStream = { queue: [], at: 0, bytes: 0, latest: '' };
      sources.add(source);
      try {
        for await (const block of blocks) {
          add(source, from, block);
          change();
          await until(() => source.bytes <= QUEUE_BYTES_AT_MOST);
        }
        await until(() => isEmpty(source));
      } finally {
        sources.delete(source);
        change();
      }
    },
    /** Returns the remaining lines at once, and ends. */
    close: (): void => {
      state.isClosed = true;
      change();
    },
    /** The lines, some at a time. */
    lines: async function* (): AsyncGenerator<readonly TailedLine[]> {
      for (;;) {
        const batch = takeDue([...sources], state.isClosed ? 0 : waitMs);
        if (batch.length > 0) {
          change();
          yield batch;
          continue;
        }
        if (state.isClosed) return;
        const isWaiting = [...sources].some((source) => !isEmpty(source));
        await (isWaiting ? waitForChange(changed.promise, waitMs / 3) : changed.promise);
      }
    },
  };
}

async function waitForChange(sign: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([sign, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

function isEmpty({ queue, at }: QueuedStream): boolean {
  return at >= queue.length;
}

function add(source: QueuedStream, from: string, block: Buffer): void {
  const arrivedAt = performance.now();
  if (isEmpty(source)) [source.queue, source.at] = [[], 0];
  for (let start = 0; start < block.length;) {
    const end = block.indexOf(FEED, start);
    const line = block.subarray(start, end);
    const time = timeOfLine(block, start, end)?.toString('latin1') ?? '';
    if (time > source.latest) source.latest = time;
    source.queue.push({ from, line, time: source.latest, arrivedAt });
    source.bytes += line.length;
    start = end + 1;
  }
}

function takeDue(sources: readonly QueuedStream[], waitMs: number): readonly TailedLine[] {
  const batch: TailedLine[] = [];
  const now = performance.now();
  while (batch.length < BATCH_AT_MOST) {
    const first = earliest(sources);
    const next = first?.queue[first.at];
    if (first === undefined || next === undefined) break;
    if (now - next.arrivedAt < waitMs && sources.some(isEmpty)) break;
    first.at += 1;
    first.bytes -= next.line.length;
    batch.push(next);
  }
  return batch;
}

function earliest(sources: readonly QueuedStream[]): QueuedStream | undefined {
  let found: QueuedStream | undefined;
  let best = '';
  for (const source of sources) {
    const time = source.queue[source.at]?.time;
    if (time === undefined || (found !== undefined && time >= best)) continue;
    found = source;
    best = time;
  }
  return found;
}
