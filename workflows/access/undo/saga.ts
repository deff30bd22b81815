import { CancellationScope } from '@temporalio/workflow';
import { mayArriveLate } from './late-writes.ts';
import { undoWithRecheck } from './undo-with-recheck.ts';
import type { StartedUndo, UndoResult, Undo, UndoWatch } from './undo.ts';

/** A step that has an undo. */
export interface Undoable {
  /** Runs the step, and notes whether a write of it may still arrive after it has ended. */
  during<T>(act: () => Promise<T>): Promise<T>;
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
  readonly ended: Promise<readonly UndoResult[]>;
  abandon(): void;
}

export function createSaga(): Saga {
  const undos: StartedUndo[] = [];
  const undoing = (watch: UndoWatch): UndoHandle => {
    // A cancellation of the workflow does not reach it, however often it comes; `abandon` does.
    const shield = new CancellationScope({ cancellable: false });
    const scope = new CancellationScope({ cancellable: true, parent: shield });
    const ended = Promise.all(undos.map((undo) => scope.run(() => undoWithRecheck(undo, watch))));
    return { ended, abandon: () => scope.cancel() };
  };
  return {
    undoBy: (undo) => {
      const begun: StartedUndo = { ...undo, unansweredAt: undefined };
      undos.unshift(begun);
      return { during: (act) => during(begun, act) };
    },
    undoing,
  };
}

async function during<T>(undo: StartedUndo, act: () => Promise<T>): Promise<T> {
  try {
    const result = await act();
    if (mayArriveLate({ result })) undo.unansweredAt = Date.now();
    return result;
  } catch (error) {
    if (mayArriveLate({ error })) undo.unansweredAt = Date.now();
    throw error;
  }
}
