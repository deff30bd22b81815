import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from '../info.ts';
import type { ProgramName } from './catalogue.ts';

export interface PathSearch {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The first program of that name on the PATH, if `<program> --version` gives the pinned version. */
export async function onPath(
  name: ProgramName,
  version: string,
  { env, progress, signal }: PathSearch,
): Promise<string | undefined> {
  const file = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name))
    .find(isProgram);
  if (file === undefined) return undefined;
  const output = await versionOf(file, signal);
  if (output.includes(version.replace(/^v/, ''))) return file;
  progress({
    type: 'debug',
    text: `${file} is not used: expected version ${version}, its --version printed ${JSON.stringify(output)}`,
  });
  return undefined;
}

async function versionOf(file: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, ['--version'], {
      signal,
      timeout: 10_000,
    });
    return firstLine(`${stdout}${stderr}`);
  } catch (error) {
    signal.throwIfAborted();
    // Another program of the same name counts as one of another version.
    return error instanceof Error ? firstLine(error.message) : 'nothing';
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
