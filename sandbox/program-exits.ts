import type { ProgramExit } from './info.ts';
import type { Supervisor } from './supervisor/supervisor.ts';

/** A program could not listen, because another process has taken its port since. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

export interface ExitWatch {
  /** Aborted by the caller's own signal, or when a program exits; then the reason says how it exited. */
  readonly signal: AbortSignal;
  /** Ends the watch, and everything that still waits for its signal. */
  readonly stop: () => void;
}

/** Watches the programs during a start: when one exits, all waiting ends at once. */
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
  const output = exit.lastLines.join('\n');
  const message = describeExit(exit);
  return portTaken.test(output) ? new PortTaken(message) : new Error(message);
}

/** "etcd exited unexpectedly with exit code 1", and the last lines of its log. */
export function describeExit({ name, code, signal, logFile, lastLines }: ProgramExit): string {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return `${name} exited unexpectedly with ${how}; the last lines of its log ${logFile}:\n${lastLines.join('\n')}`;
}

// The last one is Temporal's, which chooses some ports itself.
const portTaken = /address already in use|EADDRINUSE|failed to assign a free port/;
