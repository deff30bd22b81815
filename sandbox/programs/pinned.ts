import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProgramName } from './catalogue.ts';
import { catalogue } from './catalogue.ts';

export interface PinnedProgram {
  /** The folder with the program's go.mod. */
  readonly folder: string;
  /** As in go.mod, with its v. */
  readonly version: string;
  /** <name>-<version>-<hash of go.mod and go.sum>-<os>-<arch>: two checkouts with other pins share no file. */
  readonly cacheName: string;
}

export const toolsDir = fileURLToPath(new URL('../../tools', import.meta.url));

/** A program's version and folder from tools/<name>/go.mod. */
export function pinned(name: ProgramName, tools: string = toolsDir): PinnedProgram {
  const folder = path.join(tools, name);
  const goMod = readFileSync(path.join(folder, 'go.mod'), 'utf8');
  const { module } = catalogue[name];
  const line = goMod.split('\n').find((each) => each.trim().startsWith(`${module} v`));
  const version = line?.trim().split(' ')[1];
  if (version === undefined) {
    throw new Error(
      `Expected ${folder}/go.mod to require ${module}; it does not. Restore tools/ from git`,
    );
  }
  const hash = createHash('sha256')
    .update(goMod)
    .update(readFileSync(path.join(folder, 'go.sum')))
    .digest('hex')
    .slice(0, 12);
  const cacheName = `${name}-${version}-${hash}-${process.platform}-${process.arch}`;
  return { folder, version, cacheName };
}
