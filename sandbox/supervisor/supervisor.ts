import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProgramExit, ProgramSpec, RunningProgram } from '../info.ts';
import type { ProcessRef } from '../../src/process-identity.ts';
import { identify } from '../../src/process-identity.ts';
import { endProcesses } from './end-processes.ts';
import { lastLines } from './log-tail.ts';
import type { SupervisorConfig, Request } from './protocol.ts';
import { report } from './protocol.ts';
import { createRequests } from './requests.ts';
import { createProgramList } from './program-list.ts';

export interface Supervisor {
  readonly process: ProcessRef;
  readonly programs: () => readonly RunningProgram[];
  readonly start: (spec: ProgramSpec, logFile: string) => Promise<RunningProgram>;
  readonly stop: (name: string) => Promise<void>;
  /** Stops it if it runs, and starts it again with the same command. */
  readonly restart: (name: string) => Promise<RunningProgram>;
  /** Ends all programs and the supervisor; resolves when they are gone. */
  readonly shutdown: () => Promise<void>;
  /**
   * Calls the listener for each program that exits by itself, and for the supervisor (name `supervisor`).
   * Returns a function that ends this.
   */
  readonly onExit: (listener: (exit: ProgramExit) => void) => () => void;
}

/** Starts the helper process. Its own output, which is empty unless it fails, is written to `logFile`. */
export async function startSupervisor(
  config: SupervisorConfig,
  logFile: string,
): Promise<Supervisor> {
  const child = forkSupervisor(config, logFile);
  const requests = createRequests(child);
  const { remove, clear, ...programs } = createProgramList(requests);
  const listeners = new Set<(exit: ProgramExit) => void>();
  const ended = once(child, 'exit');
  const self = await waitUntilReady(child, logFile);
  let isStopping = false;

  const announce = (exit: ProgramExit): void => {
    remove(exit.name);
    for (const listener of listeners) listener(exit);
  };
  child.on('message', (message) => {
    const received = report.parse(message);
    if (received.type === 'exited') announce(received.exit);
    else if (received.type !== 'ready') requests.settle(received);
  });
  child.once('exit', (code, signal) => {
    requests.failAll(new Error("The sandbox's supervisor has ended"));
    if (isStopping) return;
    const lines = lastLines(logFile, 20);
    void endProcesses(clear()).then(() =>
      announce({ name: 'supervisor', code, signal, logFile, lastLines: lines }),
    );
  });

  return {
    ...programs,
    process: self,
    shutdown: async () => {
      isStopping = true;
      if (child.connected) child.send({ type: 'shutdown' } satisfies Request, () => undefined);
      await ended;
      await endProcesses(clear());
    },
    onExit: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function forkSupervisor(config: SupervisorConfig, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  // With the test runner's variable, a program that uses node:test would report to the test runner.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  try {
    return fork(fileURLToPath(new URL('./main.ts', import.meta.url)), [JSON.stringify(config)], {
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', log, log, 'ipc'],
      env,
    });
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(child: ChildProcess, logFile: string): Promise<ProcessRef> {
  const outcome = await Promise.race([
    once(child, 'message').then(() => 'ready' as const),
    once(child, 'exit').then(() => 'ended' as const),
  ]);
  const self = child.pid === undefined ? undefined : identify(child.pid);
  if (outcome === 'ready' && self !== undefined) return self;
  const output = lastLines(logFile, 20).join('\n');
  throw new Error(
    `Tried to start the sandbox's supervisor; it ended at once and output:\n${output}`,
  );
}
