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
import { createRoster } from './roster.ts';

export interface Supervisor {
  readonly process: ProcessRef;
  readonly programs: () => readonly RunningProgram[];
  readonly start: (spec: ProgramSpec, logFile: string) => Promise<RunningProgram>;
  readonly stop: (name: string) => Promise<void>;
  /** Ends it if it runs, and starts it again as it was started last. */
  readonly restart: (name: string) => Promise<RunningProgram>;
  /** Ends all programs and the supervisor; resolves when they are gone. */
  readonly shutdown: () => Promise<void>;
  /** Tells of each program that ends by itself, and of the supervisor (name `supervisor`); gives how to stop telling. */
  readonly onExit: (listener: (exit: ProgramExit) => void) => () => void;
}

/** Starts the helper process. Its own output, which is empty unless it fails, goes to `logFile`. */
export async function startSupervisor(
  config: SupervisorConfig,
  logFile: string,
): Promise<Supervisor> {
  const child = forkSupervisor(config, logFile);
  const requests = createRequests(child);
  const { strike, clear, ...roster } = createRoster(requests);
  const listeners = new Set<(exit: ProgramExit) => void>();
  const ended = once(child, 'exit');
  const own = await readySupervisor(child, logFile);
  let asked = false;

  const announce = (exit: ProgramExit): void => {
    strike(exit.name);
    for (const listener of listeners) listener(exit);
  };
  child.on('message', (message) => {
    const told = report.parse(message);
    if (told.type === 'died') announce(told.exit);
    else if (told.type !== 'ready') requests.settle(told);
  });
  child.once('exit', (code, signal) => {
    requests.failAll(new Error("The sandbox's supervisor has ended"));
    if (asked) return;
    const lines = lastLines(logFile, 20);
    void endProcesses(clear()).then(() =>
      announce({ name: 'supervisor', code, signal, logFile, lastLines: lines }),
    );
  });

  return {
    ...roster,
    process: own,
    shutdown: async () => {
      asked = true;
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
  // The test runner's own variable would make a program that uses node:test report to the wrong place.
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

async function readySupervisor(child: ChildProcess, logFile: string): Promise<ProcessRef> {
  const outcome = await Promise.race([
    once(child, 'message').then(() => 'ready' as const),
    once(child, 'exit').then(() => 'ended' as const),
  ]);
  const own = child.pid === undefined ? undefined : identify(child.pid);
  if (outcome === 'ready' && own !== undefined) return own;
  const said = lastLines(logFile, 20).join('\n');
  throw new Error(`Tried to start the sandbox's supervisor; it ended at once and said:\n${said}`);
}
