import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Progress } from '../info.ts';
import { programsCache } from '../folder/paths.ts';
import { buildProgram } from './build.ts';
import type { ProgramName } from './catalogue.ts';
import { catalogue, programNames } from './catalogue.ts';
import { onPath } from './on-path.ts';
import { pinned, toolsDir } from './pinned.ts';

export type Programs = Readonly<Record<(typeof programNames)[number], string>>;

export interface ResolveOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  readonly tools?: string;
  /** Place among the programs still to be built, for the progress; default 1 of 1. */
  readonly place?: { readonly index: number; readonly of: number };
}

/**
 * The file of a program: by its environment variable, on the PATH in the pinned version, in Purser's
 * cache, else built there. Touches the network only for a build. Errors say what to do.
 */
export async function resolveProgram(name: ProgramName, options: ResolveOptions): Promise<string> {
  const found = await findProgram(name, options);
  if (found !== undefined) return found;
  return buildProgram(name, {
    ...options,
    env: options.env ?? process.env,
    tools: options.tools ?? toolsDir,
    place: options.place ?? { index: 1, of: 1 },
  });
}

/** All programs by name; the missing ones are built one after the other, never two at once. */
export async function resolvePrograms(options: ResolveOptions): Promise<Programs> {
  const found: Partial<Record<(typeof programNames)[number], string>> = {};
  const looked = await Promise.all(
    programNames.map(async (name) => ({ name, file: await findProgram(name, options) })),
  );
  const missing = looked.filter(({ file }) => file === undefined);
  for (const { name, file } of looked) {
    const index = missing.findIndex((each) => each.name === name) + 1;
    const place = { index, of: missing.length };
    found[name] = file ?? (await resolveProgram(name, { ...options, place }));
  }
  return z.record(z.enum(programNames), z.string()).parse(found);
}

async function findProgram(
  name: ProgramName,
  options: ResolveOptions,
): Promise<string | undefined> {
  const env = options.env ?? process.env;
  const { variable } = catalogue[name];
  const named = env[variable];
  if (named !== undefined && named !== '') return checkedFile(named, variable);
  const pin = pinned(name, options.tools);
  const installed = await onPath(name, pin.version, { ...options, env });
  if (installed !== undefined) return installed;
  const cached = path.join(programsCache(env), pin.cacheName);
  return existsSync(cached) ? cached : undefined;
}

function checkedFile(file: string, variable: string): string {
  try {
    accessSync(file, constants.X_OK);
    if (statSync(file).isFile()) return path.resolve(file);
  } catch {
    // Said below, with the variable that is to be corrected.
  }
  throw new Error(
    `Expected ${variable} to name a program that can be run, got ${JSON.stringify(file)}. ` +
      `Correct it, or unset it to let Purser find or build the program`,
  );
}
