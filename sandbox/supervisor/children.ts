import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { ProgramExit } from '../info.ts';
import type { ProcessRef } from '../../src/process-identity.ts';
import { identify } from '../../src/process-identity.ts';
import { lastLinesWithoutTraces } from './log-tail.ts';
import type { SupervisedSpec, ProcessList } from './protocol.ts';
import { killAfterMs } from './protocol.ts';

export interface Children {
  /** Rejects when the program cannot be started at all. */
  readonly start: (spec: SupervisedSpec) => Promise<ProcessRef>;
  /** Resolves when it has exited; at once if it does not run. */
  readonly stop: (name: string) => Promise<void>;
  readonly stopAll: () => Promise<void>;
  readonly list: () => ProcessList;
}

interface Child {
  readonly spec: SupervisedSpec;
  readonly child: ChildProcess;
  readonly process: ProcessRef;
  readonly ended: Promise<unknown>;
  stopping: boolean;
}

/**
 * The supervisor's programs, in the order of their start; `onExit` is called for each that exits by
 * itself.
 */
export function createChildren(onExit: (exit: ProgramExit) => void): Children {
  const running = new Map<string, Child>();

  const start = async (spec: SupervisedSpec): Promise<ProcessRef> => {
    if (running.has(spec.name)) throw new Error(`${spec.name} runs already`);
    const child = await spawnLogged(spec);
    const process = child.pid === undefined ? undefined : identify(child.pid);
    const entry: Child = {
      spec,
      child,
      process: process ?? { pid: child.pid ?? 1, identity: 'gone' },
      ended: once(child, 'exit'),
      stopping: false,
    };
    running.set(spec.name, entry);
    child.once('exit', (code, signal) => {
      running.delete(spec.name);
      if (!entry.stopping) onExit(exitOf(spec, code, signal));
    });
    return entry.process;
  };

  const stop = async (name: string): Promise<void> => {
    const entry = running.get(name);
    if (entry === undefined) return;
    entry.stopping = true;
    entry.child.kill('SIGTERM');
    const killer = setTimeout(() => entry.child.kill('SIGKILL'), killAfterMs);
    await entry.ended;
    clearTimeout(killer);
  };

  return {
    start,
    stop,
    // One after the other: the API server writes to etcd until it has exited.
    stopAll: async () => {
      for (const name of [...running.keys()].toReversed()) await stop(name);
    },
    list: () => [...running.values()].map(({ spec, process }) => ({ name: spec.name, process })),
  };
}

async function spawnLogged(spec: SupervisedSpec): Promise<ChildProcess> {
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...spec.env },
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    await once(child, 'spawn');
    return child;
  } finally {
    closeSync(log);
  }
}

function exitOf(spec: SupervisedSpec, code: number | null, signal: string | null): ProgramExit {
  const { name, logFile } = spec;
  return { name, code, signal, logFile, lastLines: lastLinesWithoutTraces(logFile, 20) };
}
