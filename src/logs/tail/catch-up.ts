import { errorMessage } from '../../domain/errors.ts';
import type { Cursor } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import { nothingTaken, readRun } from '../stream/read-run.ts';
import type { ReadResult } from '../stream/read-run.ts';
import type { Following, LiveLogState } from './following.ts';
import { LINE_AT_MOST } from './live-lines.ts';

/** Up to where the lines of a run have come; undefined as long as none has. */
export interface Reached {
  cursor: Cursor | undefined;
}

const LIMITS = { bytes: Infinity, lines: Infinity, lineBytes: LINE_AT_MOST };

/**
 * What a run has said since the line that was reached and up to now, read as a collection reads it: by
 * position in the node's whole file. Asked by time, the node would leave out what was written after its
 * clock was set back, and would do so for as long as it is followed. Lines that are gone are noted.
 */
export async function* catchUp(
  following: Following,
  { at, reached }: { readonly at: LiveLogState; readonly reached: Reached },
): AsyncGenerator<Buffer> {
  const { since, signal, open, note } = following;
  const taken = nothingTaken(reached.cursor);
  const isPrevious = at === 'previous';
  const reading = {
    open: (asked: { readonly sinceTime?: string }, stopping: AbortSignal) =>
      open({ ...asked, previous: isPrevious, follow: false }, stopping),
    cursor: reached.cursor,
    since,
    until: new Date().toISOString(),
    hasEnded: isPrevious,
    limits: LIMITS,
    redactor: skippingGaps(following.redactor, taken),
    signal,
    mayPass: tellingOnce(following),
  };
  let told = 0;
  for await (const block of readRun(reading, taken)) {
    // Where the place is not in the log, it may be the log of the run that followed this one.
    if (taken.gaps.length > told && !(await isStill(following, at))) {
      // Nowhere is it to be had any more.
      if (isPrevious) note(NOT_TO_ITS_END);
      return;
    }
    told = tellGaps(following, taken, told);
    reached.cursor = taken.cursor;
    yield block;
  }
  tellGaps(following, taken, told);
  if (isPrevious && !taken.isComplete && !taken.isGone) note(NOT_TO_ITS_END);
}

const NOT_TO_ITS_END = 'could not be read to its end';

async function isStill({ nextLook, whereabouts }: Following, at: LiveLogState): Promise<boolean> {
  await nextLook();
  return whereabouts() === at;
}

const WHY = { rotated: 'have rotated away', 'run-gone': 'are gone with the run' } as const;

/** Says which lines are missing. A pod that is gone had nothing more to say, as far as anybody knows. */
function tellGaps({ note }: Following, { gaps }: ReadResult, told: number): number {
  for (const { from, to, reason } of gaps.slice(told)) {
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

/** Says the first failure that may pass. */
function tellingOnce({ mayPass, note }: Following): (error: unknown) => boolean {
  let isTold = false;
  return (error) => {
    if (!mayPass(error)) return false;
    if (!isTold) note(`${reasonOf(error)}; going on`);
    isTold = true;
    return true;
  };
}

/** Why a stream could not be read, for people. */
export function reasonOf(error: unknown): string {
  return errorMessage(error, 'the stream broke off');
}
