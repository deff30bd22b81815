import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../info.ts';
import type { Lock } from '../folder/lock.ts';
import { tryLock } from '../folder/lock.ts';
import { programsCache } from '../folder/paths.ts';
import type { ProgramName } from './catalogue.ts';
import { catalogue } from './catalogue.ts';
import { offlineGo, requireGo } from './go.ts';
import type { Pinned } from './pinned.ts';
import { pinned } from './pinned.ts';

export interface BuildOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly tools: string;
  readonly place: { readonly index: number; readonly of: number };
}

/**
 * Builds a program into Purser's cache and gives its file. One build at a time on this machine: a
 * second process waits, and then usually finds what it came for.
 */
export async function buildProgram(name: ProgramName, options: BuildOptions): Promise<string> {
  const { env, tools, signal } = options;
  const pin = pinned(name, tools);
  const cache = programsCache(env);
  const file = path.join(cache, pin.cacheName);
  await requireGo(name, catalogue[name].variable, env);
  mkdirSync(cache, { recursive: true });
  const stopClock = startClock(name, options);
  try {
    const lock = await waitForLock(path.join(cache, 'build.lock'), signal);
    try {
      if (!existsSync(file)) await goBuild(name, { pin, file, env, signal });
      return file;
    } finally {
      lock.release();
    }
  } finally {
    stopClock();
  }
}

interface Job {
  readonly pin: Pinned;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

async function goBuild(name: ProgramName, { pin, file, env, signal }: Job): Promise<void> {
  const { package: package_, linkerFlags } = catalogue[name];
  const flags = ['-s', '-w', linkerFlags?.(pin.version)]
    .filter((flag) => flag !== undefined)
    .join(' ');
  // Renamed when complete: a build that is broken off leaves nothing that looks like a program.
  const draft = `${file}.${process.pid}.draft`;
  try {
    const child = spawn('go', ['build', '-trimpath', '-ldflags', flags, '-o', draft, package_], {
      cwd: pin.folder,
      env: { ...env, ...offlineGo },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    });
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const ended: unknown[] = await once(child, 'close', { signal });
    if (ended[0] !== 0) throw failedBuild(name, pin, said.join(''));
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function failedBuild(name: ProgramName, pin: Pinned, said: string): Error {
  const last = said.trim().split('\n').slice(-10).join('\n');
  const way = networkTrouble.test(said)
    ? 'The modules could not be fetched: check the network and GOPROXY, and start again; what has been fetched is kept'
    : 'Run the same command there to see all of it';
  return new Error(
    `Tried to build ${name} ${pin.version} by "go build ${catalogue[name].package}" in ${pin.folder}; ` +
      `go said:\n${last}\n${way}. Or name a ready ${name} in ${catalogue[name].variable}`,
  );
}

async function waitForLock(file: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    const attempt = tryLock(file);
    if (attempt.taken) return attempt.lock;
    await sleep(lockPauseMs, undefined, { signal });
  }
}

function startClock(program: ProgramName, { progress, place }: BuildOptions): () => void {
  const started = Date.now();
  const tick = (): void => {
    progress({
      type: 'building',
      program,
      ...place,
      seconds: Math.round((Date.now() - started) / 1000),
    });
  };
  tick();
  const timer = setInterval(tick, 1_000);
  return () => clearInterval(timer);
}

const lockPauseMs = 250;
const networkTrouble =
  /dial tcp|no such host|proxyconnect|i\/o timeout|module lookup disabled|connection refused|TLS handshake|[45]\d\d [A-Z]/;
