import { errorMessage } from '../../domain/errors.ts';
import type { Cursor } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import { emptyReadResult, readRun } from '../stream/read-run.ts';
import type { ReadResult } from '../stream/read-run.ts';
import type { FollowOptions, LiveLogState } from './follow-options.ts';
import { LINE_AT_MOST } from './live-lines.ts';

/** How far the lines of a run have been read; undefined until the first one. */
export interface FollowPosition {
  cursor: Cursor | undefined;
}

const LIMITS = { bytes: Infinity, lines: Infinity, lineBytes: LINE_AT_MOST };

/**
 * What a run has logged since the position, up to now. It is read as in a collection: by position, in the
 * node's whole file. If it were requested by time, the node would leave out lines that were written after its
 * clock was set back, for as long as the run is followed. Lines that are gone are noted.
 */
export async function* catchUp(
  options: FollowOptions,
  { at, position }: { readonly at: LiveLogState; readonly position: FollowPosition },
): AsyncGenerator<Buffer> {
  const { since, signal, open, note } = options;
  const result = emptyReadResult(position.cursor);
  const isPrevious = at === 'previous';
  const reading = {
    open: (request: { readonly sinceTime?: string }, stopped: AbortSignal) =>
      open({ ...request, previous: isPrevious, follow: false }, stopped),
    cursor: position.cursor,
    since,
    until: new Date().toISOString(),
    hasEnded: isPrevious,
    limits: LIMITS,
    redactor: skippingGaps(options.redactor, result),
    signal,
    mayPass: notingFirstFailure(options),
  };
  let noted = 0;
  for await (const block of readRun(reading, result)) {
    // If the position is not in the log, it may be the log of the run after this one.
    if (result.gaps.length > noted && !(await isStillAt(options, at))) {
      // Then this run's log no longer exists.
      if (isPrevious) note(NOT_TO_ITS_END);
      return;
    }
    noted = noteGaps(options, result, noted);
    position.cursor = result.cursor;
    yield block;
  }
  noteGaps(options, result, noted);
  if (isPrevious && !result.isComplete && !result.isGone) note(NOT_TO_ITS_END);
}

const NOT_TO_ITS_END = 'could not be read to its end';

async function isStillAt(
  { nextPoll, logState }: FollowOptions,
  at: LiveLogState,
): Promise<boolean> {
  await nextPoll();
  return logState() === at;
}

const WHY = { rotated: 'have rotated away', 'run-gone': 'are gone with the run' } as const;

/** Notes which lines are missing. A pod that is gone gets no note: whether it logged more is unknown. */
function noteGaps({ note }: FollowOptions, { gaps }: ReadResult, noted: number): number {
  for (const { from, to, reason } of gaps.slice(noted)) {
    if (reason === 'rotated' || reason === 'run-gone') {
      note(`lines from ${from} to ${to} ${WHY[reason]}`);
    }
  }
  return gaps.length;
}

function skippingGaps(redactor: Redactor, { gaps }: ReadResult): Redactor {
  let known = 0;
  return {
    ...redactor,
    block: (lines) => {
      if (gaps.length > known) redactor.skip();
      known = gaps.length;
      return redactor.block(lines);
    },
  };
}

/** Notes the first failure that may pass. */
function notingFirstFailure({ mayPass, note }: FollowOptions): (error: unknown) => boolean {
  let isNoted = false;
  return (error) => {
    if (!mayPass(error)) return false;
    if (!isNoted) note(`${reasonOf(error)}; going on`);
    isNoted = true;
    return true;
  };
}

/** The reason why a stream could not be read, for people. */
export function reasonOf(error: unknown): string {
  return errorMessage(error, 'the stream broke off');
}
