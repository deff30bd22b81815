import { CancellationScope, log, rootCause } from '@temporalio/workflow';

interface Undo {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** The steps that must be taken back if a later one fails, in reverse order. */
export interface Saga {
  /** To be called BEFORE the step: a step that fails half-way has to be undone, too. */
  undoBy(name: string, run: () => Promise<unknown>): void;
  /**
   * Takes everything back, whether the workflow was cancelled or not. An undo that cannot be done
   * does not keep the others from it; resolves to a sentence for each such one.
   */
  undo(): Promise<readonly string[]>;
  /** Whether nothing was begun that would have to be taken back. */
  isEmpty(): boolean;
}

export function createSaga(): Saga {
  const undos: Undo[] = [];
  return {
    undoBy: (name, run) => void undos.unshift({ name, run }),
    isEmpty: () => undos.length === 0,
    undo: () =>
      CancellationScope.nonCancellable(async () => {
        const failures: string[] = [];
        for (const { name, run } of undos) {
          try {
            // In reverse order, one after the other: that is what a saga is
            await run();
          } catch (error) {
            log.error('an undo failed', { undo: name });
            failures.push(`${name}: ${rootCause(error) ?? 'unknown error'}`);
          }
        }
        return failures;
      }),
  };
}
