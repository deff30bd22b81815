import type { ProgramExit } from './info.ts';
import type { Supervisor } from './supervisor/supervisor.ts';

/** A program could not listen because its port was taken meanwhile. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

export interface ExitWatch {
  /** Aborted by the caller's own signal, or by the first program that dies; then the reason says how. */
  readonly signal: AbortSignal;
  /** Ends the watch, and whatever of the start still waits. */
  readonly stop: () => void;
}

/** Watches over a start: a program that dies ends all waiting at once. */
export function watchExits(supervisor: Supervisor, signal: AbortSignal): ExitWatch {
  const controller = new AbortController();
  const unsubscribe = supervisor.onExit((exit) => controller.abort(exitError(exit)));
  const stop = (): void => {
    unsubscribe();
    controller.abort(new Error('The start has ended'));
  };
  return { signal: AbortSignal.any([signal, controller.signal]), stop };
}

function exitError(exit: ProgramExit): Error {
  const said = exit.lastLines.join('\n');
  const message = describeDeath(exit);
  return portTaken.test(said) ? new PortTaken(message) : new Error(message);
}

/** "etcd ended by itself with exit code 1", and what it said last. */
export function describeDeath({ name, code, signal, logFile, lastLines }: ProgramExit): string {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return `${name} ended by itself with ${how}; the end of its log ${logFile}:\n${lastLines.join('\n')}`;
}

// The last is Temporal's, which chooses ports of its own as it starts.
const portTaken = /address already in use|EADDRINUSE|failed to assign a free port/;
