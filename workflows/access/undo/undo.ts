import type { Left } from '../../../src/access/model/report/report.ts';
import type { Patience, Round } from './limits.ts';

export interface Undo {
  readonly name: string;
  readonly run: (round: Round) => Promise<unknown>;
  readonly patience?: Patience;
  /** What it would leave, named as well as it is known when it is asked. */
  readonly mayLeave?: () => readonly string[];
}

/** An undo whose step has begun. */
export interface StartedUndo extends Undo {
  /** When a write of the step was lost sight of, in milliseconds of the epoch. */
  unansweredAt: number | undefined;
}

/** How an undo went on, as it happens. */
export interface UndoWatch {
  ended(name: string, what: UndoResult): void;
  /** After each round that could not do it; only for those that are tried for ever. */
  overdue(name: string, left: readonly Left[]): void;
  /**
   * It waits for a write that may arrive late, until this time (milliseconds of the epoch). `removed` is
   * what it has taken back already.
   */
  awaiting(name: string, until: number, removed: readonly string[]): void;
  /** Looks once, for a moment, which of these still stand: resolves to them without those that are gone. */
  findRemaining(left: readonly Left[]): Promise<readonly Left[]>;
}

export interface UndoResult {
  /** What is gone, in words. */
  readonly removed: readonly string[];
  /** Whether an earlier try may have removed something without having been able to tell. */
  readonly mayBeMore: boolean;
  readonly left: readonly Left[];
  readonly ms: number;
}
