import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Tests that start programs of the sandbox, or Prometheus's, for themselves. */
const PROGRAMS = /^test\/(registry\/distribution|archive\/s3|sandbox|monitoring|[a-z]+\/runs)\//;
/** Stories on one sandbox. The search for secrets comes last: it looks at what all others left. */
const STORIES = /^test\/(acceptance|soak)\//;
const LAST = 'test/acceptance/secrets.test.ts';

/** All test files by what they need, in the order in which they run; paths from the root. */
export interface TestFiles {
  /** They start no program and need no sandbox: whatever is nothing else. */
  readonly fast: readonly string[];
  readonly programs: readonly string[];
  readonly stories: readonly string[];
}

/** Every `*.test.ts` below `test`, in one of the lists: a new folder needs no entry anywhere. */
export function testFiles(): TestFiles {
  const all = globSync('test/**/*.test.ts', { cwd: ROOT })
    .map((file) => file.split(path.sep).join('/'))
    .sort(byFolder);
  const stories = all.filter((file) => STORIES.test(file) && file !== LAST);
  return {
    fast: all.filter((file) => !PROGRAMS.test(file) && !STORIES.test(file)),
    programs: all.filter((file) => PROGRAMS.test(file)),
    stories: [...stories, LAST],
  };
}

// A folder's own files run before those of the folders in it.
function byFolder(one: string, other: string): number {
  const [folder, otherFolder] = [path.posix.dirname(one), path.posix.dirname(other)];
  return folder === otherFolder ? one.localeCompare(other) : folder.localeCompare(otherFolder);
}
