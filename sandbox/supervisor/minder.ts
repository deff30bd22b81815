import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProgramDeath, ProgramSpec, RunningProgram } from '../info.ts';
import type { ProcessRef } from '../../src/process-identity.ts';
import { identify } from '../../src/process-identity.ts';
import { endProcesses } from './end-processes.ts';
import { lastLines } from './log-tail.ts';
import type { MinderConfig, Request } from './protocol.ts';
import { report } from './protocol.ts';
import { createRequests } from './requests.ts';
import { createRoster } from './roster.ts';

export type Minder = {
  readonly process: ProcessRef;
  readonly programs: () => readonly RunningProgram[];
  readonly start: (spec: ProgramSpec, logFile: string) => Promise<RunningProgram>;
  readonly stop: (name: string) => Promise<void>;
  /** Ends it if it runs, and starts it again as it was started last. */
  readonly restart: (name: string) => Promise<RunningProgram>;
  /** Ends all programs and the minder; resolves when they are gone. */
  readonly shutdown: () => Promise<void>;
  /** Tells of each program that ends by itself, and of the minder (name `minder`); gives how to stop telling. */
  readonly onDeath: (listener: (death: ProgramDeath) => void) => () => void;
};

/** Starts the helper process. Its own output, which is empty unless it fails, goes to `logFile`. */
export async function startMinder(config: MinderConfig, logFile: string): Promise<Minder> {
  const child = forkMinder(config, logFile);
  const requests = createRequests(child);
  const { strike, clear, ...roster } = createRoster(requests);
  const listeners = new Set<(death: ProgramDeath) => void>();
  const ended = once(child, 'exit');
  const own = await readyMinder(child, logFile);
  let asked = false;

  const announce = (death: ProgramDeath): void => {
    strike(death.name);
    for (const listener of listeners) listener(death);
  };
  child.on('message', (message) => {
    const told = report.parse(message);
    if (told.type === 'died') announce(told.death);
    else if (told.type !== 'ready') requests.settle(told);
  });
  child.once('exit', (code, signal) => {
    requests.failAll(new Error("The sandbox's minder has ended"));
    if (asked) return;
    const lines = lastLines(logFile, 20);
    void endProcesses(clear()).then(() =>
      announce({ name: 'minder', code, signal, logFile, lastLines: lines }),
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
    onDeath: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function forkMinder(config: MinderConfig, logFile: string): ChildProcess {
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

async function readyMinder(child: ChildProcess, logFile: string): Promise<ProcessRef> {
  const outcome = await Promise.race([
    once(child, 'message').then(() => 'ready' as const),
    once(child, 'exit').then(() => 'ended' as const),
  ]);
  const own = child.pid === undefined ? undefined : identify(child.pid);
  if (outcome === 'ready' && own !== undefined) return own;
  const said = lastLines(logFile, 20).join('\n');
  throw new Error(`Tried to start the sandbox's minder; it ended at once and said:\n${said}`);
}
