import type { ProgramSpec, RunningProgram } from '../info.ts';
import type { ProcessRef } from '../../src/process-identity.ts';
import type { MindedSpec } from './protocol.ts';
import type { Requests } from './requests.ts';

/** The sandbox's own knowledge of what its supervisor runs, so that it can end it should the supervisor die. */
export interface Roster {
  readonly programs: () => readonly RunningProgram[];
  readonly start: (spec: ProgramSpec, logFile: string) => Promise<RunningProgram>;
  readonly stop: (name: string) => Promise<void>;
  readonly restart: (name: string) => Promise<RunningProgram>;
  /** Strikes one off that has ended by itself. */
  readonly strike: (name: string) => void;
  /** Empties it; gives what was on it, the newest first. */
  readonly clear: () => readonly ProcessRef[];
}

export function createRoster({ ask }: Requests): Roster {
  const running = new Map<string, ProcessRef>();
  const specs = new Map<string, MindedSpec>();

  const start = async (spec: MindedSpec): Promise<RunningProgram> => {
    const answer = await ask((id) => ({ type: 'start', id, spec }));
    if (answer.type !== 'started') throw new Error(`Expected "started", got "${answer.type}"`);
    running.set(spec.name, answer.process);
    specs.set(spec.name, spec);
    return { name: spec.name, pid: answer.process.pid };
  };
  const stop = async (name: string): Promise<void> => {
    await ask((id) => ({ type: 'stop', id, name }));
    running.delete(name);
  };

  return {
    programs: () => [...running].map(([name, { pid }]) => ({ name, pid })),
    start: (spec, logFile) => start(minded(spec, logFile)),
    stop,
    restart: async (name) => {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`Tried to restart ${name}, which was never started`);
      await stop(name);
      return start(spec);
    },
    strike: (name) => void running.delete(name),
    clear: () => {
      const left = [...running.values()].toReversed();
      running.clear();
      return left;
    },
  };
}

function minded({ name, command, args, env, cwd }: ProgramSpec, logFile: string): MindedSpec {
  return {
    name,
    command,
    args: [...args],
    logFile,
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}
