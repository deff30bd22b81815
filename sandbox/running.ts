import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SandboxInfo } from './info.ts';
import { sandboxInfo } from './info.ts';
import { lockHolder } from './folder/lock.ts';
import type { DataPaths } from './folder/paths.ts';
import { dataPaths, runningDir } from './folder/paths.ts';
import { isAlive, signalProcess } from './folder/process-identity.ts';
import { until } from './wait.ts';

/** The newest sandbox of this user that is up, or undefined. */
export function findRunningSandbox(): SandboxInfo | undefined {
  return runningSandboxes()[0];
}

/** All sandboxes of this user that are up, newest first. */
export function runningSandboxes(): readonly SandboxInfo[] {
  return pointers()
    .map(readPointer)
    .filter((info) => info !== undefined && isAlive(info))
    .filter((info) => info !== undefined)
    .sort((one, other) => other.startedAt.localeCompare(one.startedAt));
}

/**
 * Ends that sandbox by a SIGTERM to the process that runs it, and waits until nothing of it is left; at
 * once if it runs no longer. Rejects after a minute.
 */
export async function stopSandbox(
  info: SandboxInfo,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const { lock } = dataPaths(info.dataDir);
  signalProcess(info, 'SIGTERM');
  await until({
    what: `sandbox ${info.id} (process ${info.pid}) to end`,
    // Its minder shares the lock and lets it go last.
    check: () => (lockHolder(lock) === undefined ? true : undefined),
    deadlineMs: 60_000,
    signal: options.signal ?? new AbortController().signal,
    hint: `Its logs are in ${info.logs}`,
  });
}

/** Lets others find the sandbox. */
export function announce(info: SandboxInfo): void {
  const [own, pointer] = announcementFiles(dataPaths(info.dataDir), info.id);
  writeFileSync(own, JSON.stringify(info, undefined, 2), { mode: 0o600 });
  mkdirSync(path.dirname(pointer), { recursive: true, mode: 0o700 });
  writeFileSync(pointer, JSON.stringify({ info: own }), { mode: 0o600 });
}

export function retract(files: readonly string[]): void {
  for (const file of files) rmSync(file, { force: true });
}

/** Its description, and the pointer to that: data folders may lie anywhere. */
export function announcementFiles(paths: DataPaths, id: string): [own: string, pointer: string] {
  return [paths.info, path.join(runningDir(), `${id}.json`)];
}

function pointers(): string[] {
  const folder = runningDir();
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

// A pointer to what is gone, half written or of another version is none.
function readPointer(file: string): SandboxInfo | undefined {
  try {
    const { info }: { info: string } = JSON.parse(readFileSync(file, 'utf8'));
    return sandboxInfo.parse(JSON.parse(readFileSync(info, 'utf8')));
  } catch {
    return undefined;
  }
}
