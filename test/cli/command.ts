import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What a command of `purser` did, run as a process of its own. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs commands away from this machine's own sandboxes and settings; gone when the file's tests are. */
export function createRunner(config: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-cli-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'a.yaml');
  writeFileSync(file, config);
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_STATE_HOME: folder,
    XDG_CACHE_HOME: folder,
    NO_COLOR: '1',
    COLUMNS: '100',
    // Starting is mostly compiling: each process leaves its work to the next.
    NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
  };
  const run = async (...args: readonly string[]): Promise<Ended> => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, ...args],
      {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    child.once('error', reject).once('close', resolve);
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), promise]);
    return { code, out, err };
  };
  return { folder, file, run };
}
