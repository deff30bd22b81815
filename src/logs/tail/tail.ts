import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../domain/errors.ts';
import { createRedactor } from '../redact/redact.ts';
import { followRun } from './follow-run.ts';
import type { TailRequest, LiveLogState } from './follow-options.ts';
import { createLiveMerger } from './live-merger.ts';
import type { TailedLine } from './live-merger.ts';

/** A container's life between two restarts. */
export interface TailRun {
  readonly pod: string;
  readonly container: string;
  /** Identifies the run among all others. */
  readonly run: string;
  readonly isPrevious: boolean;
}

export interface TailOptions {
  /** The present runs of the chosen pods. */
  readonly list: (signal: AbortSignal) => Promise<readonly TailRun[]>;
  readonly open: (
    run: TailRun,
    request: TailRequest,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Whether an error may be gone at the next attempt. */
  readonly mayPass: (error: unknown) => boolean;
  /** RFC 3339: the time from which lines are shown. */
  readonly since: string;
  /** The administrator's own patterns of secrets. */
  readonly patterns: readonly string[];
  readonly signal: AbortSignal;
  /** Called with what is not a line: a pod that came or went, lines that were lost, failures of the cluster. */
  readonly note: (text: string) => void;
}

const POLL_EVERY_MS = 2_000;

/**
 * The lines of all pods as they are written, in order of time, redacted, until the signal. A new pod is
 * followed from its first line, a restarted container from the first line of its new run. Throws a failure that
 * cannot pass, such as a missing right. `pollEveryMs` is for tests.
 */
export async function* tailLogs(
  options: TailOptions,
  pollEveryMs = POLL_EVERY_MS,
): AsyncGenerator<readonly TailedLine[]> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const merger = createLiveMerger();
  const polling = pollPods({ ...options, signal, pollEveryMs }, merger.addStream).finally(() => {
    ending.abort();
    merger.close();
  });
  // The error is handled below: the lines that were read before it come first.
  polling.catch(() => {});
  try {
    yield* merger.lines();
    await polling;
  } finally {
    ending.abort();
    merger.close();
    await polling.catch(() => {});
  }
}

interface PollOptions extends TailOptions {
  readonly pollEveryMs: number;
}

type AddStream = ReturnType<typeof createLiveMerger>['addStream'];

/** Lists the pods again and again, and follows their runs. Resolves at the signal. */
async function pollPods(options: PollOptions, addStream: AddStream): Promise<void> {
  const { signal, note, pollEveryMs } = options;
  const follower = createFollower(options, addStream);
  const waking = AbortSignal.any([signal, follower.failure]);
  let isNoted = false;
  follower.update(await options.list(signal), true);
  while (!signal.aborted) {
    await sleep(pollEveryMs, undefined, { signal: waking }).catch(() => {});
    follower.failure.throwIfAborted();
    try {
      if (!signal.aborted) follower.update(await options.list(signal), false);
      isNoted = false;
    } catch (error) {
      if (!signal.aborted && !options.mayPass(error)) throw error;
      if (!signal.aborted && !isNoted) note(`${errorMessage(error)}; going on`);
      isNoted = true;
    }
  }
  await follower.ended();
}

/** Follows each run once. */
function createFollower(options: TailOptions, addStream: AddStream) {
  const { signal, note } = options;
  const failed = new AbortController();
  const followed = new Map<string, Promise<void>>();
  let present: readonly TailRun[] = [];
  let poll = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => poll.resolve(), { once: true });

  const follow = async (run: TailRun, since: string | undefined) => {
    const name = `${run.pod}/${run.container}`;
    const blocks = followRun({
      open: (request, stopped) => options.open(run, request, stopped),
      logState: () => logStateOf(present.find((each) => each.run === run.run)),
      nextPoll: () => poll.promise,
      since,
      redactor: createRedactor(options.patterns, 'perhaps-key'),
      signal,
      mayPass: options.mayPass,
      note: (text) => note(`${name}: ${text}`),
    });
    await addStream(name, blocks).catch((error: unknown) => failed.abort(error));
    if (!signal.aborted) note(`${name} has ended`);
  };
  return {
    /** Aborted by a failure that cannot pass. */
    failure: failed.signal,
    update: (runs: readonly TailRun[], isFirst: boolean): void => {
      present = runs;
      if (isFirst && runs.length === 0) note('there is no such pod; waiting for one');
      for (const run of runs) {
        if (followed.has(run.run)) continue;
        if (!isFirst) note(`${run.pod}/${run.container} begins`);
        followed.set(run.run, follow(run, isFirst ? options.since : undefined));
      }
      poll.resolve();
      poll = Promise.withResolvers();
    },
    ended: async (): Promise<void> => {
      poll.resolve();
      await Promise.all(followed.values());
    },
  };
}

function logStateOf(run: TailRun | undefined): LiveLogState {
  if (run === undefined) return 'gone';
  return run.isPrevious ? 'previous' : 'present';
}
