import type { DataFolder } from './folder/data-folder.ts';
import { closeDataFolder } from './folder/data-folder.ts';
import type { ProgramExit, Sandbox, SandboxInfo } from './info.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import { announcementFiles, retract } from './running.ts';

export interface SandboxParts {
  readonly info: SandboxInfo;
  readonly folder: DataFolder;
  readonly supervisor: Supervisor;
}

/** The running sandbox, as its caller uses it. */
export function sandboxHandle({ info, folder, supervisor }: SandboxParts): Sandbox {
  const { paths } = folder;
  const exited = new Promise<ProgramExit>((resolve) => supervisor.onExit(resolve));
  let stopping: Promise<void> | undefined;

  const end = async (): Promise<void> => {
    process.off('disconnect', onDisconnect);
    await supervisor.shutdown();
    // The supervisor has done both already, unless it was killed.
    retract(announcementFiles(paths, folder.id));
    closeDataFolder(folder);
  };
  const stop = (): Promise<void> => (stopping ??= end());

  // If the process that started this one was killed, its programs must not live on (bin/run.mjs).
  const onDisconnect = (): void => void stop();
  process.on('disconnect', onDisconnect);
  process.channel?.unref();

  return {
    info,
    get programs() {
      return supervisor.programs();
    },
    startProgram: (spec) => supervisor.start(spec, paths.logOf(spec.name)),
    stopProgram: (name) => supervisor.stop(name),
    restart: (name) => supervisor.restart(name),
    stop,
    exited,
  };
}
