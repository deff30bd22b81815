import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';
import { withExplanation } from './with-explanation.ts';

/** Runs one act on a folder; what the file system throws becomes an error that says what to do. */
export async function explaining<T>(
  folder: string,
  tried: string,
  act: () => Promise<T>,
): Promise<T> {
  return withExplanation((error) => explain(folder, tried, error), act);
}

/** {@link explaining} for what comes piece by piece. */
export async function* explained<T>(
  folder: string,
  tried: string,
  pieces: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await explaining(folder, tried, () => iterator.next());
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

/** Whether something is there already. */
export function isThere(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

const MEANING: Readonly<Record<string, readonly [FailureType, string]>> = {
  ENOSPC: ['Unreachable', 'the disk is full: make room, or shorten the retention'],
  EDQUOT: ['Unreachable', 'the disk quota is used up: make room, or shorten the retention'],
  EACCES: ['Forbidden', 'permission is denied: the user that Purser runs as must own the folder'],
  EPERM: ['Forbidden', 'permission is denied: the user that Purser runs as must own the folder'],
  EROFS: ['Forbidden', 'the file system is read-only: mount it writable'],
  ENOENT: ['NotConfigured', 'it is not there: check archive.folder in purser.yaml'],
  ENOTDIR: ['NotConfigured', 'a file stands where a folder should: check archive.folder'],
  EISDIR: ['NotConfigured', 'a folder stands where a file should: move it away'],
  ENAMETOOLONG: ['NotConfigured', 'the name is too long for this file system'],
};

// What is no error of the file system is passed on as it is: it came from the content, or is an abort.
function explain(folder: string, tried: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const code = codeOf(error) ?? error.message;
  const [type, meaning] = MEANING[code] ?? ['Unreachable', 'the file system failed'];
  return new PurserError(type, `archive ${folder}: could not ${tried}: ${meaning} (${code})`, {
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
