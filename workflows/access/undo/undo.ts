import type { Left } from '../../../src/access/model/report/report.ts';
import type { Patience, Round } from './limits.ts';

export interface Undo {
  readonly name: string;
  readonly run: (round: Round) => Promise<unknown>;
  readonly patience?: Patience;
  /** What it would leave if it failed now, by the best names that are known so far. */
  readonly mayLeave?: () => readonly string[];
}

/** An undo whose step has begun. */
export interface StartedUndo extends Undo {
  /** When a write of the step ended without an answer, in milliseconds of the epoch. */
  unansweredAt: number | undefined;
}

/** Is notified of the progress of each undo. */
export interface UndoWatch {
  ended(name: string, what: UndoResult): void;
  /** After each round that failed; only for undos that are tried for ever. */
  overdue(name: string, left: readonly Left[]): void;
  /**
   * The undo waits for a write that may arrive late, until this time (milliseconds of the epoch). `removed`
   * is what it has removed already.
   */
  awaiting(name: string, until: number, removed: readonly string[]): void;
  /** Checks once, for some seconds, which of these still exist. Resolves to all but those that are gone. */
  findRemaining(left: readonly Left[]): Promise<readonly Left[]>;
}

/** How an undo ended. */
export interface UndoResult {
  /** The removed things, in words. */
  readonly removed: readonly string[];
  /** Whether an earlier attempt may have removed something without reporting it. */
  readonly mayBeMore: boolean;
  readonly left: readonly Left[];
  readonly ms: number;
}
