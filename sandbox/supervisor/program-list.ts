import type { ProgramSpec, RunningProgram } from '../info.ts';
import type { ProcessRef } from '../../src/process-identity.ts';
import type { SupervisedSpec } from './protocol.ts';
import type { Requests } from './requests.ts';

/**
 * The sandbox's own list of the supervisor's programs, so that it can end them if the supervisor is
 * killed.
 */
export interface ProgramList {
  readonly programs: () => readonly RunningProgram[];
  readonly start: (spec: ProgramSpec, logFile: string) => Promise<RunningProgram>;
  readonly stop: (name: string) => Promise<void>;
  readonly restart: (name: string) => Promise<RunningProgram>;
  /** Removes a program that has exited by itself. */
  readonly remove: (name: string) => void;
  /** Empties the list and returns its processes, the newest first. */
  readonly clear: () => readonly ProcessRef[];
}

export function createProgramList({ send }: Requests): ProgramList {
  const running = new Map<string, ProcessRef>();
  const specs = new Map<string, SupervisedSpec>();

  const start = async (spec: SupervisedSpec): Promise<RunningProgram> => {
    const answer = await send((id) => ({ type: 'start', id, spec }));
    if (answer.type !== 'started') throw new Error(`Expected "started", got "${answer.type}"`);
    running.set(spec.name, answer.process);
    specs.set(spec.name, spec);
    return { name: spec.name, pid: answer.process.pid };
  };
  const stop = async (name: string): Promise<void> => {
    await send((id) => ({ type: 'stop', id, name }));
    running.delete(name);
  };

  return {
    programs: () => [...running].map(([name, { pid }]) => ({ name, pid })),
    start: (spec, logFile) => start(supervisedSpec(spec, logFile)),
    stop,
    restart: async (name) => {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`Tried to restart ${name}, which was never started`);
      await stop(name);
      return start(spec);
    },
    remove: (name) => void running.delete(name),
    clear: () => {
      const processes = [...running.values()].toReversed();
      running.clear();
      return processes;
    },
  };
}

function supervisedSpec(
  { name, command, args, env, cwd }: ProgramSpec,
  logFile: string,
): SupervisedSpec {
  return {
    name,
    command,
    args: [...args],
    logFile,
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}
