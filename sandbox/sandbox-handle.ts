import type { DataFolder } from './folder/data-folder.ts';
import { closeDataFolder } from './folder/data-folder.ts';
import type { ProgramExit, Sandbox, SandboxInfo } from './info.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import { announcementFiles, retract } from './running.ts';

export interface Handle {
  readonly info: SandboxInfo;
  readonly folder: DataFolder;
  readonly supervisor: Supervisor;
}

/** What the caller of a sandbox that is up gets to hold. */
export function sandboxHandle({ info, folder, supervisor }: Handle): Sandbox {
  const { paths } = folder;
  const died = new Promise<ProgramExit>((resolve) => supervisor.onExit(resolve));
  let stopping: Promise<void> | undefined;

  const end = async (): Promise<void> => {
    process.off('disconnect', onDisconnect);
    await supervisor.shutdown();
    // The supervisor has done both, unless it was killed.
    retract(announcementFiles(paths, folder.id));
    closeDataFolder(folder);
  };
  const stop = (): Promise<void> => (stopping ??= end());

  // The starter was killed: what it has started must not live on (bin/run.mjs).
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
    died,
  };
}
