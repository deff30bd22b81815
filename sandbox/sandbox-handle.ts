import type { DataFolder } from './folder/data-folder.ts';
import { closeDataFolder } from './folder/data-folder.ts';
import type { ProgramDeath, Sandbox, SandboxInfo } from './info.ts';
import type { Minder } from './supervisor/minder.ts';
import { announcementFiles, retract } from './running.ts';

export type Handle = {
  readonly info: SandboxInfo;
  readonly folder: DataFolder;
  readonly minder: Minder;
};

/** What the caller of a sandbox that is up gets to hold. */
export function sandboxHandle({ info, folder, minder }: Handle): Sandbox {
  const { paths } = folder;
  const died = new Promise<ProgramDeath>((resolve) => minder.onDeath(resolve));
  let stopping: Promise<void> | undefined;

  const end = async (): Promise<void> => {
    process.off('disconnect', onDisconnect);
    await minder.shutdown();
    // The minder has done both, unless it was killed.
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
      return minder.programs();
    },
    startProgram: (spec) => minder.start(spec, paths.logOf(spec.name)),
    stopProgram: (name) => minder.stop(name),
    restart: (name) => minder.restart(name),
    stop,
    died,
  };
}
