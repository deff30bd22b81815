import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { ProcessRef } from '../../src/process-identity.ts';
import { identify, isAlive, processRef } from '../../src/process-identity.ts';

const content = z.object({ nonce: z.string(), holders: z.array(processRef) });
type LockContent = Readonly<z.infer<typeof content>>;

export interface Lock {
  readonly file: string;
  readonly nonce: string;
  /** Adds another process that holds the lock: it is stale only if all of them have exited. */
  readonly share: (holder: ProcessRef) => void;
  /** Removes the lock if it is still this one. */
  readonly release: () => void;
}

export type LockAttempt =
  | { readonly taken: true; readonly lock: Lock }
  | { readonly taken: false; readonly holder: ProcessRef };

/** Takes the lock file for this process, also from holders that have all exited. */
export function tryLock(file: string): LockAttempt {
  const own = identify();
  if (own === undefined)
    throw new Error(`Tried to identify this process, ${process.pid}, and could not`);
  const wanted: LockContent = { nonce: randomUUID(), holders: [own] };
  for (;;) {
    if (create(file, wanted)) return { taken: true, lock: holdLock(file, wanted) };
    const found = read(file);
    const holder = found?.holders.find(isAlive);
    if (holder !== undefined) return { taken: false, holder };
    removeStale(file, found?.nonce);
  }
}

/**
 * Removes the lock file if it has this nonce: for a process that shares a lock which another process took.
 */
export function releaseLock(file: string, nonce: string): void {
  if (read(file)?.nonce === nonce) rmSync(file, { force: true });
}

/** The live process that holds the lock file, if any. */
export function lockHolder(file: string): ProcessRef | undefined {
  return read(file)?.holders.find(isAlive);
}

function holdLock(file: string, wanted: LockContent): Lock {
  let held = wanted;
  return {
    file,
    nonce: wanted.nonce,
    share: (holder) => {
      held = { ...held, holders: [...held.holders, holder] };
      renameSync(writeBeside(file, held), file);
    },
    release: () => releaseLock(file, wanted.nonce),
  };
}

// A link appears with its whole content or not at all, unlike a file that is created first and written
// later.
function create(file: string, wanted: LockContent): boolean {
  const draft = writeBeside(file, wanted);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

// Renamed before it is removed: if two processes find the same stale lock, the slower one could otherwise
// remove the new lock of the faster one. The nonce shows what it has renamed, and it restores another's
// lock.
function removeStale(file: string, nonce: string | undefined): void {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    renameSync(file, aside);
    if (read(aside)?.nonce !== nonce) linkSync(aside, file);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function writeBeside(file: string, wanted: LockContent): string {
  const draft = `${file}.draft-${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(wanted), { mode: 0o600 });
  return draft;
}

function read(file: string): LockContent | undefined {
  try {
    return content.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // The file is missing or no valid lock: it names no live holder.
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
