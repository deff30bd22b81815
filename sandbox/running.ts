import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SandboxInfo } from './info.ts';
import { sandboxInfo } from './info.ts';
import { lockHolder } from './folder/lock.ts';
import type { DataPaths } from './folder/paths.ts';
import { dataPaths } from './folder/paths.ts';
import { signalProcess } from '../src/process-identity.ts';
import { announcementsDir, runningSandboxes } from '../src/running-sandbox.ts';
import { until } from './wait.ts';

/** The newest running sandbox of this user, or undefined. */
export function findRunningSandbox(): SandboxInfo | undefined {
  return runningSandboxes()
    .map(({ infoFile }) => readInfo(infoFile))
    .find((info) => info !== undefined);
}

/**
 * Stops that sandbox by a SIGTERM to its process, and waits until nothing of it is left. Returns at once
 * if it does not run; rejects after a minute.
 */
export async function stopSandbox(
  info: SandboxInfo,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const { lock } = dataPaths(info.dataDir);
  signalProcess(info, 'SIGTERM');
  await until({
    what: `sandbox ${info.id} (process ${info.pid}) to end`,
    // The supervisor shares the lock and releases it last.
    check: () => (lockHolder(lock) === undefined ? true : undefined),
    deadlineMs: 60_000,
    signal: options.signal ?? new AbortController().signal,
    hint: `Its logs are in ${info.logs}`,
  });
}

/** Writes the files by which other processes find the sandbox. */
export function announce(info: SandboxInfo): void {
  const [own, pointer] = announcementFiles(dataPaths(info.dataDir), info.id);
  writeFileSync(own, JSON.stringify(info, undefined, 2), { mode: 0o600 });
  mkdirSync(path.dirname(pointer), { recursive: true, mode: 0o700 });
  writeFileSync(pointer, JSON.stringify({ info: own }), { mode: 0o600 });
}

export function retract(files: readonly string[]): void {
  for (const file of files) rmSync(file, { force: true });
}

/** Its description, and a pointer to it, because a data folder may be anywhere. */
export function announcementFiles(paths: DataPaths, id: string): [own: string, pointer: string] {
  return [paths.info, path.join(announcementsDir(), `${id}.json`)];
}

// The description of a sandbox of another version is ignored.
function readInfo(file: string): SandboxInfo | undefined {
  try {
    return sandboxInfo.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
