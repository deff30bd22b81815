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
  /** Position among the programs that must be built, for the progress; default 1 of 1. */
  readonly position?: { readonly index: number; readonly of: number };
}

/**
 * The path of a program: from its environment variable, on the PATH in the pinned version, in Purser's
 * cache, otherwise built there. Uses the network only for a build. Errors say what to do.
 */
export async function resolveProgram(name: ProgramName, options: ResolveOptions): Promise<string> {
  const found = await findProgram(name, options);
  if (found !== undefined) return found;
  return buildProgram(name, {
    ...options,
    env: options.env ?? process.env,
    tools: options.tools ?? toolsDir,
    position: options.position ?? { index: 1, of: 1 },
  });
}

/** The paths of all programs; missing ones are built one after the other. */
export async function resolvePrograms(options: ResolveOptions): Promise<Programs> {
  const found: Partial<Record<(typeof programNames)[number], string>> = {};
  const results = await Promise.all(
    programNames.map(async (name) => ({ name, file: await findProgram(name, options) })),
  );
  const missing = results.filter(({ file }) => file === undefined);
  for (const { name, file } of results) {
    const index = missing.findIndex((each) => each.name === name) + 1;
    const position = { index, of: missing.length };
    found[name] = file ?? (await resolveProgram(name, { ...options, position }));
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
    // The error below names the variable to correct.
  }
  throw new Error(
    `Expected ${variable} to be the path of an executable program, got ${JSON.stringify(file)}. ` +
      `Correct it, or unset it and let Purser find or build the program`,
  );
}
