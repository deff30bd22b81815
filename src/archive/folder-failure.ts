import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';
import { withExplanation } from './with-explanation.ts';

/** Runs one operation on a folder; an error of the file system becomes one that says what to do. */
export async function withFolderErrors<T>(
  folder: string,
  tried: string,
  act: () => Promise<T>,
): Promise<T> {
  return withExplanation((error) => explain(folder, tried, error), act);
}

/** {@link withFolderErrors} for a stream. */
export async function* eachWithFolderErrors<T>(
  folder: string,
  tried: string,
  pieces: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await withFolderErrors(folder, tried, () => iterator.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Whether there is no such file or folder. */
export function isMissingFile(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Whether the file is there already. */
export function isThere(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

const EXPLANATIONS: Readonly<Record<string, readonly [FailureType, string]>> = {
  ENOSPC: ['Unreachable', 'the disk is full: make room, or shorten the retention'],
  EDQUOT: ['Unreachable', 'the disk quota is used up: make room, or shorten the retention'],
  EACCES: ['Forbidden', 'permission is denied: the user that Purser runs as must own the folder'],
  EPERM: ['Forbidden', 'permission is denied: the user that Purser runs as must own the folder'],
  EROFS: ['Forbidden', 'the file system is read-only: mount it writable'],
  ENOENT: ['NotConfigured', 'it does not exist: check archive.folder in purser.yaml'],
  ENOTDIR: ['NotConfigured', 'there is a file in place of a folder: check archive.folder'],
  EISDIR: ['NotConfigured', 'there is a folder in place of a file: move it away'],
  ENAMETOOLONG: ['NotConfigured', 'the name is too long for this file system'],
};

// Any other error is returned unchanged: it came from the content, or is an abort.
function explain(folder: string, tried: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const code = codeOf(error) ?? error.message;
  const [type, meaning] = EXPLANATIONS[code] ?? ['Unreachable', 'the file system failed'];
  return new PurserError(type, `archive ${folder}: could not ${tried}: ${meaning} (${code})`, {
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
