import { setTimeout as sleep } from 'node:timers/promises';
import { createRedactor } from '../redact/redact.ts';
import { followRun } from './follow-run.ts';
import type { TailRequest, LiveLogState } from './following.ts';
import { createFunnel } from './funnel.ts';
import type { TailedLine } from './funnel.ts';
import { errorMessage } from '../../domain/errors.ts';

/** A container's life between two restarts. */
export interface TailRun {
  readonly pod: string;
  readonly container: string;
  /** Tells one run from all others. */
  readonly run: string;
  readonly isPrevious: boolean;
}

export interface Tailing {
  /** The runs that are there now, of the pods that are meant. */
  readonly list: (signal: AbortSignal) => Promise<readonly TailRun[]>;
  readonly open: (
    run: TailRun,
    asked: TailRequest,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Whether trying again may help. */
  readonly mayPass: (error: unknown) => boolean;
  /** RFC 3339: from when on lines are shown. */
  readonly since: string;
  /** Patterns of one's own for what is a secret. */
  readonly patterns: readonly string[];
  readonly signal: AbortSignal;
  /** Told what is not a line: a pod that came or went, lines that were lost, trouble with the cluster. */
  readonly note: (text: string) => void;
}

const LOOK_EVERY_MS = 2_000;

/**
 * The lines of all pods as they are written, in the order of time, redacted, until the signal. Pods
 * that come are followed from their first line, containers that restart from the first line of
 * their new run. Throws what trying again can't help, such as a right that is missing. `lookEveryMs`
 * is for tests.
 */
export async function* tailLogs(
  tailing: Tailing,
  lookEveryMs = LOOK_EVERY_MS,
): AsyncGenerator<readonly TailedLine[]> {
  const ending = new AbortController();
  const signal = AbortSignal.any([tailing.signal, ending.signal]);
  const funnel = createFunnel();
  const watched = watch({ ...tailing, signal, lookEveryMs }, funnel.pour).finally(() => {
    ending.abort();
    funnel.close();
  });
  // Seen below: what was read before a failure comes out first.
  watched.catch(() => {});
  try {
    yield* funnel.lines();
    await watched;
  } finally {
    ending.abort();
    funnel.close();
    await watched.catch(() => {});
  }
}

interface Watching extends Tailing {
  readonly lookEveryMs: number;
}

type Pour = ReturnType<typeof createFunnel>['pour'];

/** Looks at the cluster again and again, and follows what is there. Resolves at the signal. */
async function watch(tailing: Watching, pour: Pour): Promise<void> {
  const { signal, note, lookEveryMs } = tailing;
  const follower = createFollower(tailing, pour);
  const waking = AbortSignal.any([signal, follower.alarm]);
  let isTold = false;
  follower.see(await tailing.list(signal), true);
  while (!signal.aborted) {
    await sleep(lookEveryMs, undefined, { signal: waking }).catch(() => {});
    follower.alarm.throwIfAborted();
    try {
      if (!signal.aborted) follower.see(await tailing.list(signal), false);
      isTold = false;
    } catch (error) {
      if (!signal.aborted && !tailing.mayPass(error)) throw error;
      if (!signal.aborted && !isTold) note(`${errorMessage(error)}; going on`);
      isTold = true;
    }
  }
  await follower.ended();
}

/** Follows each run that is seen, once. */
function createFollower(tailing: Tailing, pour: Pour) {
  const { signal, note } = tailing;
  const failed = new AbortController();
  const followed = new Map<string, Promise<void>>();
  let seen: readonly TailRun[] = [];
  let look = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => look.resolve(), { once: true });

  const follow = async (run: TailRun, since: string | undefined) => {
    const name = `${run.pod}/${run.container}`;
    const blocks = followRun({
      open: (asked, stopping) => tailing.open(run, asked, stopping),
      whereabouts: () => whereaboutsOf(seen.find((each) => each.run === run.run)),
      nextLook: () => look.promise,
      since,
      redactor: createRedactor(tailing.patterns, 'perhaps-key'),
      signal,
      mayPass: tailing.mayPass,
      note: (text) => note(`${name}: ${text}`),
    });
    await pour(name, blocks).catch((error: unknown) => failed.abort(error));
    if (!signal.aborted) note(`${name} has ended`);
  };
  return {
    /** Aborted with what can't be helped. */
    alarm: failed.signal,
    see: (runs: readonly TailRun[], isFirst: boolean): void => {
      seen = runs;
      if (isFirst && runs.length === 0) note('there is no such pod; waiting for one');
      for (const run of runs) {
        if (followed.has(run.run)) continue;
        if (!isFirst) note(`${run.pod}/${run.container} begins`);
        followed.set(run.run, follow(run, isFirst ? tailing.since : undefined));
      }
      look.resolve();
      look = Promise.withResolvers();
    },
    ended: async (): Promise<void> => {
      look.resolve();
      await Promise.all(followed.values());
    },
  };
}

function whereaboutsOf(run: TailRun | undefined): LiveLogState {
  if (run === undefined) return 'gone';
  return run.isPrevious ? 'previous' : 'present';
}
