import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ArchiveEntry } from './archive.ts';
import { isMissingFile } from './folder-failure.ts';

/** All files of a folder whose key begins with the prefix, sorted by key; half-written ones too. */
export async function* walk(
  folder: string,
  prefix: string,
  signal: AbortSignal,
  under = '',
): AsyncIterable<ArchiveEntry> {
  signal.throwIfAborted();
  for (const { name, isFolder } of await childrenOf(path.join(folder, under))) {
    const key = `${under}${name}`;
    if (isFolder) {
      // Either may be the longer one: the prefix leads into the folder, or the folder lies below it.
      const below = `${key}/`;
      if (below.startsWith(prefix) || prefix.startsWith(below))
        yield* walk(folder, prefix, signal, below);
    } else if (key.startsWith(prefix)) {
      const entry = await entryOf(folder, key);
      if (entry !== undefined) yield entry;
    }
  }
}

/** Deletes a file, if it is there, and each folder above it that is empty then. */
export async function removeWithFolders(folder: string, file: string): Promise<void> {
  await rm(file, { force: true });
  for (let above = path.dirname(file); above !== folder; above = path.dirname(above)) {
    try {
      await rmdir(above);
    } catch {
      // The folder is not empty, or another process deleted it first.
      return;
    }
  }
}

interface Child {
  readonly name: string;
  readonly isFolder: boolean;
}

// By key: a folder's name is followed by a slash, so that `a-b` comes before the files in `a`.
async function childrenOf(folder: string): Promise<readonly Child[]> {
  try {
    const children = await readdir(folder, { withFileTypes: true });
    return children
      .filter((child) => child.isFile() || child.isDirectory())
      .map((child) => ({ name: child.name, isFolder: child.isDirectory() }))
      .toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw error;
  }
}

function orderOf({ name, isFolder }: Child): string {
  return isFolder ? `${name}/` : name;
}

async function entryOf(folder: string, key: string): Promise<ArchiveEntry | undefined> {
  try {
    const { size, mtime } = await stat(path.join(folder, key));
    return { key, bytes: size, modifiedAt: mtime.toISOString() };
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}
