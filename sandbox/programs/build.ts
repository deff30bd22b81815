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
import type { PinnedProgram } from './pinned.ts';
import { pinned } from './pinned.ts';

export interface BuildOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly tools: string;
  readonly position: { readonly index: number; readonly of: number };
}

/**
 * Builds a program into Purser's cache and returns its path. One build at a time on this machine: a second
 * process waits, and usually finds the program when it continues.
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

interface GoBuild {
  readonly pin: PinnedProgram;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

async function goBuild(name: ProgramName, { pin, file, env, signal }: GoBuild): Promise<void> {
  const { package: package_, linkerFlags } = catalogue[name];
  const flags = ['-s', '-w', linkerFlags?.(pin.version)]
    .filter((flag) => flag !== undefined)
    .join(' ');
  // Renamed when complete: an interrupted build leaves no file that looks like a program.
  const draft = `${file}.${process.pid}.draft`;
  try {
    const child = spawn('go', ['build', '-trimpath', '-ldflags', flags, '-o', draft, package_], {
      cwd: pin.folder,
      env: { ...env, ...offlineGo },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    });
    const output: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
    const ended: unknown[] = await once(child, 'close', { signal });
    if (ended[0] !== 0) throw failedBuild(name, pin, output.join(''));
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function failedBuild(name: ProgramName, pin: PinnedProgram, output: string): Error {
  const last = output.trim().split('\n').slice(-10).join('\n');
  const advice = networkTrouble.test(output)
    ? 'Go could not download the modules: check the network and GOPROXY, then start again. Downloaded modules are kept'
    : 'Run the same command in that folder to see its whole output';
  return new Error(
    `Tried to build ${name} ${pin.version} by "go build ${catalogue[name].package}" in ${pin.folder}; ` +
      `go printed:\n${last}\n${advice}. Or set ${catalogue[name].variable} to the path of an existing ${name}`,
  );
}

async function waitForLock(file: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    const attempt = tryLock(file);
    if (attempt.taken) return attempt.lock;
    await sleep(lockPauseMs, undefined, { signal });
  }
}

function startClock(program: ProgramName, { progress, position }: BuildOptions): () => void {
  const started = Date.now();
  const tick = (): void => {
    progress({
      type: 'building',
      program,
      ...position,
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
