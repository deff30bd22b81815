import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lock } from './lock.ts';
import { lockHolder, tryLock } from './lock.ts';
import { endProcesses } from '../supervisor/end-processes.ts';
import { processList } from '../supervisor/protocol.ts';
import type { DataPaths } from './paths.ts';
import { dataPaths, sandboxesDir } from './paths.ts';

export interface DataFolder {
  readonly id: string;
  readonly paths: DataPaths;
  readonly ephemeral: boolean;
  readonly lock: Lock;
}

/**
 * Opens a data folder for this process: the given one, which is kept, or a new one, which is removed at
 * the end. Rejects if a live sandbox uses it. First ends the processes that a killed sandbox has left
 * running there.
 */
export async function openDataFolder(dataDir: string | undefined): Promise<DataFolder> {
  await removeAbandoned(sandboxesDir());
  const ephemeral = dataDir === undefined;
  const fresh = randomBytes(4).toString('hex');
  const folder = dataDir ?? path.join(sandboxesDir(), fresh);
  const paths = dataPaths(path.resolve(folder));
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o700 });
  const attempt = tryLock(paths.lock);
  if (!attempt.taken) {
    throw new Error(
      `Tried to start a sandbox in ${paths.dataDir}; process ${attempt.holder.pid} already runs one there. ` +
        'Stop that sandbox, or choose another data folder',
    );
  }
  try {
    await endLeftovers(paths);
    for (const each of [paths.logs, paths.config, paths.tokens]) {
      mkdirSync(each, { recursive: true, mode: 0o700 });
    }
    return { id: ensureId(paths.id, fresh), paths, ephemeral, lock: attempt.lock };
  } catch (error) {
    attempt.lock.release();
    throw error;
  }
}

/** Removes or unlocks the folder, if no supervisor does so. */
export function closeDataFolder({ ephemeral, paths, lock }: DataFolder): void {
  if (ephemeral) rmSync(paths.dataDir, { recursive: true, force: true });
  else lock.release();
}

async function endLeftovers(paths: DataPaths): Promise<void> {
  let left: unknown;
  try {
    left = JSON.parse(readFileSync(paths.processes, 'utf8'));
  } catch {
    return; // The usual case: the last sandbox here has ended in order.
  }
  const known = processList.safeParse(left).data ?? [];
  await endProcesses(known.map(({ process }) => process).toReversed());
  rmSync(paths.processes, { force: true });
}

// A folder is left behind only if both a sandbox and its supervisor were killed.
async function removeAbandoned(sandboxes: string): Promise<void> {
  for (const name of folderNames(sandboxes)) {
    const paths = dataPaths(path.join(sandboxes, name));
    if (lockHolder(paths.lock) !== undefined || isYoung(paths.dataDir)) continue;
    await endLeftovers(paths);
    rmSync(paths.dataDir, { recursive: true, force: true });
  }
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

// A new folder may not have its lock yet.
function isYoung(folder: string): boolean {
  const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
  return changed === undefined || Date.now() - changed < 60_000;
}

function ensureId(file: string, fresh: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    writeFileSync(file, fresh);
    return fresh;
  }
}
