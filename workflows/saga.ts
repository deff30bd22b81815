import { CancellationScope, isCancellation, log, sleep, workflowInfo } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { Left } from '../src/domain/report.ts';
import { mayArriveLate, tellLast } from './undo/late-writes.ts';

/**
 * A write that had no answer may still arrive: the API server works on a request for up to 60 s after
 * its client has gone (--request-timeout), and what stands before it may hold it back for as long.
 */
export const LATE_WRITE_MS = 90_000;

// A workflow learns an activity's last error only when that ends. So an undo is tried in rounds of so many
// attempts; after the first one, which takes about two minutes, it is overdue: `undo-overdue`.
const FIRST_ROUND = {
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 13 },
  // For a round of which no attempt ends: no worker takes it, or the API server hangs.
  scheduleToCloseTimeout: '150 seconds',
} as const satisfies Round;
const ROUNDS_MINUTES = [5, 10, 20];
const LONG_ROUND_MINUTES = 30;
// After some weeks of rounds: Temporal ends a run whose history grows past 51,200 events.
const LONGEST_ROUND_MINUTES = 24 * 60;
const LONG_HISTORY = 20_000;
const PAUSE_MS = 10_000;
const MINUTE_MS = 60_000;

/** Options of one round of an undo, to be given to its activity. */
export type Round = Pick<ActivityOptions, 'retry' | 'scheduleToCloseTimeout'>;

/**
 * How long an undo is tried. `for-ever`: what gives access, whatever the error. `bounded`: once, within
 * the limits of its own activity; what it leaves is the sweeper's.
 */
export type Patience = 'for-ever' | 'bounded';

export interface Undo {
  readonly name: string;
  readonly run: (round: Round) => Promise<unknown>;
  readonly patience?: Patience;
  /** What it would leave, named as well as it is known when it is asked. */
  readonly leaves?: () => readonly string[];
}

/** A step that has an undo. */
export interface Undoable {
  /** Runs the step, and notes whether a write of it may still arrive after it has ended. */
  during<T>(act: () => Promise<T>): Promise<T>;
}

/** How an undo went on, as it happens. */
export interface UndoWatch {
  ended(name: string, what: Removed): void;
  /** After each round that could not do it; only for those that are tried for ever. */
  overdue(name: string, left: readonly Left[]): void;
  /** It waits for a write that may arrive late, until this time (milliseconds of the epoch). */
  awaiting(name: string, until: number): void;
}

export interface Removed {
  /** What is gone, in words. */
  readonly removed: readonly string[];
  /** Whether an earlier try may have removed something without having been able to tell. */
  readonly mayBeMore: boolean;
  readonly left: readonly Left[];
  readonly ms: number;
}

/** The steps that must be taken back if a later one fails. */
export interface Saga {
  /** To be called BEFORE the step: a step that fails half-way has to be undone, too. */
  undoBy(undo: Undo): Undoable;
  /**
   * Takes everything back, whether the workflow was cancelled or not. All at once: the access must not
   * wait for the cleaning up. `abandon` of the handle ends what is still being tried.
   */
  undoing(watch: UndoWatch): UndoHandle;
}

export interface UndoHandle {
  readonly ended: Promise<readonly Removed[]>;
  abandon(): void;
}

interface Begun extends Undo {
  /** When a write of the step was lost sight of, in milliseconds of the epoch. */
  lostAt: number | undefined;
}

export function createSaga(): Saga {
  const undos: Begun[] = [];
  const undoing = (watch: UndoWatch): UndoHandle => {
    // A cancellation of the workflow does not reach it, however often it comes; `abandon` does.
    const shield = new CancellationScope({ cancellable: false });
    const scope = new CancellationScope({ cancellable: true, parent: shield });
    const ended = Promise.all(undos.map((undo) => scope.run(() => takeBack(undo, watch))));
    return { ended, abandon: () => scope.cancel() };
  };
  return {
    undoBy: (undo) => {
      const begun: Begun = { ...undo, lostAt: undefined };
      undos.unshift(begun);
      return { during: (act) => during(begun, act) };
    },
    undoing,
  };
}

async function during<T>(undo: Begun, act: () => Promise<T>): Promise<T> {
  try {
    const result = await act();
    if (mayArriveLate({ result })) undo.lostAt = Date.now();
    return result;
  } catch (error) {
    if (mayArriveLate({ error })) undo.lostAt = Date.now();
    throw error;
  }
}

/** Undoes once, and once more when a write that had no answer must have arrived. */
async function takeBack(undo: Begun, watch: UndoWatch): Promise<Removed> {
  const began = Date.now();
  const first = await tryOn(undo, watch);
  const until = (undo.lostAt ?? 0) + LATE_WRITE_MS;
  let all = first;
  if (undo.lostAt !== undefined && first.left.length === 0) {
    watch.awaiting(undo.name, until);
    all = await lookAgain(undo, watch, { first, until });
  }
  const removed = { ...all, ms: Date.now() - began };
  watch.ended(undo.name, removed);
  return removed;
}

async function lookAgain(
  undo: Begun,
  watch: UndoWatch,
  { first, until }: { readonly first: Removed; readonly until: number },
): Promise<Removed> {
  try {
    const summary = 'a write had no answer: whether it still arrives';
    await sleep(Math.max(1, until - Date.now()), { summary });
  } catch {
    const why = 'a write had no answer and may still arrive; nobody waited for it';
    return { ...first, left: leftBy(undo, why) };
  }
  const second = await tryOn(undo, watch);
  return {
    removed: [...first.removed, ...second.removed],
    mayBeMore: first.mayBeMore || second.mayBeMore,
    left: second.left,
    ms: 0,
  };
}

async function tryOn(undo: Begun, watch: UndoWatch): Promise<Removed> {
  let why = 'it was given up before it was tried';
  for (let round = 0; ; round += 1) {
    try {
      if (round > 0) await sleep(PAUSE_MS, { summary: `again: ${undo.name}` });
      const result = await undo.run(limitsOf(undo, round));
      return { ...removedBy(result, round), ms: 0 };
    } catch (error) {
      if (isCancellation(error)) return gaveUp(undo, `given up by hand; the last error: ${why}`);
      const { type, message } = tellLast(error);
      why = message;
      log.error('an undo failed', { undo: undo.name, round, type });
      if (undo.patience !== 'for-ever' || type === 'InvalidRequest') return gaveUp(undo, why);
      watch.overdue(undo.name, leftBy(undo, why));
    }
  }
}

function gaveUp(undo: Undo, why: string): Removed {
  return { removed: [], mayBeMore: true, left: leftBy(undo, why), ms: 0 };
}

function leftBy({ name, leaves }: Undo, why: string): readonly Left[] {
  const named = leaves?.() ?? [];
  return (named.length === 0 ? [name] : named).map((what) => ({ what, why }));
}

function limitsOf({ patience }: Undo, round: number): Round {
  if (patience !== 'for-ever') return {};
  if (round === 0) return FIRST_ROUND;
  const isLong = workflowInfo().historyLength > LONG_HISTORY;
  const last = isLong ? LONGEST_ROUND_MINUTES : LONG_ROUND_MINUTES;
  const minutes = ROUNDS_MINUTES[round - 1] ?? last;
  const pace = { initialInterval: MINUTE_MS, backoffCoefficient: 1 };
  const retry = { ...pace, maximumAttempts: minutes };
  return { retry, scheduleToCloseTimeout: (minutes + 3) * MINUTE_MS };
}

// An undo tells what it removed, and which attempt of it did so.
function removedBy(result: unknown, round: number): Omit<Removed, 'ms'> {
  if (typeof result !== 'object' || result === null) {
    return { removed: [], mayBeMore: true, left: [] };
  }
  const removed = 'removed' in result && Array.isArray(result.removed) ? result.removed : [];
  const isFirst = round === 0 && 'attempt' in result && result.attempt === 1;
  const left = 'kept' in result && Array.isArray(result.kept) ? result.kept : [];
  return { removed: removed.map(String), mayBeMore: !isFirst, left };
}
