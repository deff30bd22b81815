import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { PurserError } from '../domain/errors.ts';
import { visibleExcept } from '../domain/inputs/shown.ts';

/** What the exit codes mean; `purser --help` says the same. */
export const EXIT = { proven: 0, failed: 1, usage: 2, unproven: 3, interrupted: 130 } as const;

const USAGE = ['InvalidRequest', 'NotConfigured'];

/** A failure in one line, with the exit code that goes with it. */
export function explainFailure(error: unknown): { readonly line: string; readonly code: number } {
  if (isWrapped(error)) return explainFailure(error.cause);
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return {
      line: `${error.workflowId} is running already; wait for it, or look at it in the Temporal Web UI${adviceFor(error.workflowId)}`,
      code: EXIT.failed,
    };
  }
  // Only the report says whether everything was undone.
  if (error instanceof CancelledFailure) return { line: 'cancelled', code: EXIT.failed };
  if (error instanceof PurserError) {
    const code = USAGE.includes(error.type) ? EXIT.usage : EXIT.failed;
    return { line: `${error.type}: ${error.message}`, code };
  }
  if (error instanceof ApplicationFailure) {
    const code = error.type === 'InvalidRequest' ? EXIT.usage : EXIT.failed;
    return { line: `${error.type ?? 'Error'}: ${error.message}`, code };
  }
  const message = error instanceof Error ? withDetails(error) : 'unknown error';
  return { line: message, code: EXIT.failed };
}

// A revocation is retried while the cluster refuses it. To start another one, the caller must end it.
function adviceFor(workflowId: string): string {
  if (!workflowId.startsWith('revoke/')) return '';
  return `; \`purser cancel '${workflowId}'\` ends it, and shows what it has deleted`;
}

// What went wrong is in the cause.
function isWrapped(error: unknown): error is Error {
  return [WorkflowFailedError, WorkflowUpdateFailedError, ActivityFailure].some(
    (kind) => error instanceof kind,
  );
}

/** Ends the command: one line for the error, and the stack if `--debug` asks for it. */
export function reportFailure(error: unknown, isDebug: boolean): void {
  const { line, code } = explainFailure(error);
  process.stderr.write(`${visibleExcept(`purser: ${line}`, '\n\t')}\n`);
  if (isDebug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = code;
}

// The client's ServiceError says what it tried. The server's answer is in its cause.
function withDetails(error: Error): string {
  const { cause } = error;
  const details = cause instanceof Error && 'details' in cause ? String(cause.details) : '';
  return details === '' ? error.message : `${error.message}: ${details}`;
}
