import { CancellationScope } from '@temporalio/workflow';
import { mayArriveLate } from './late-writes.ts';
import { undoWithRecheck } from './undo-with-recheck.ts';
import type { StartedUndo, UndoResult, Undo, UndoWatch } from './undo.ts';

/** A step that has an undo. */
export interface Undoable {
  /** Runs the step, and records whether a write of it may still arrive after its end. */
  during<T>(act: () => Promise<T>): Promise<T>;
}

/** The steps that must be undone if a later one fails. */
export interface Saga {
  /** Call it BEFORE the step: a step that fails half-way has to be undone, too. */
  undoBy(undo: Undo): Undoable;
  /**
   * Undoes all steps, also in a cancelled workflow. They run at once: the undo of an access must not wait for
   * the clean-up of a proof. `abandon` of the handle ends the undos that are still tried.
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
    // No cancellation of the workflow reaches this scope; only `abandon` does.
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
