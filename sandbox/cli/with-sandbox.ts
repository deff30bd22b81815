import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PurserError } from '../../src/domain/errors.ts';
import { displayProgress } from '../display-progress.ts';
import type { PortChoice, ProgramExit, Progress, Sandbox } from '../info.ts';
import { startSandbox } from '../sandbox.ts';
import { shutdownSignal } from '../shutdown-signal.ts';
import { loadConfig } from '../../src/config/load.ts';
import { connectClient } from '../../src/temporal/client.ts';
import { countPollers } from '../../src/temporal/starts.ts';
import { proofQueue } from '../../workflows/contract.ts';
import { SANDBOX_TARGET, writeSandboxConfig } from './config.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface RunOptions {
  readonly dataDir?: string | undefined;
  readonly ports?: PortChoice | undefined;
  readonly replicas?: number | undefined;
  readonly debug?: boolean | undefined;
  /** Shows the progress; default: on standard error. */
  readonly progress?: Progress | undefined;
}

/**
 * Starts a sandbox with a worker, calls `act` with it, and stops it afterwards: when `act` returns, on
 * Ctrl-C or another signal, or when one of its programs exits, which the error then names.
 */
export async function withSandbox(
  options: RunOptions,
  act: (sandbox: Sandbox, configFile: string, stopping: AbortSignal) => Promise<number>,
): Promise<number> {
  const signal = shutdownSignal();
  const { progress = displayProgress(process.stderr, { debug: options.debug === true }) } = options;
  let sandbox: Sandbox;
  try {
    sandbox = await startSandbox({ ...options, progress, signal });
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  }
  try {
    const configFile = writeSandboxConfig(sandbox.info);
    progress({ type: 'step', text: 'starting the worker' });
    const work = async () => {
      await startWorker(sandbox, configFile, signal);
      return act(sandbox, configFile, signal);
    };
    return await Promise.race([work(), sandbox.exited.then(throwExit)]);
  } finally {
    progress({ type: 'step', text: 'stopping the sandbox' });
    await sandbox.stop();
  }
}

/** Resolves on Ctrl-C or another signal. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

// Waits until the worker polls: otherwise the worker's start would count as time of the onboarding.
async function startWorker(
  sandbox: Sandbox,
  configFile: string,
  signal: AbortSignal,
): Promise<void> {
  await sandbox.startProgram({
    name: 'worker',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', MAIN, 'worker', '--config', configFile],
  });
  const client = await connectClient(loadConfig(configFile, () => undefined).config.temporal);
  try {
    while (!signal.aborted && (await countPollers(client, proofQueue(SANDBOX_TARGET))) === 0) {
      await sleep(100);
    }
  } finally {
    await client.connection.close();
  }
}

function throwExit({ name, code, signal, logFile, lastLines }: ProgramExit): never {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  throw new PurserError(
    'ServerError',
    `the sandbox's ${name} exited unexpectedly ${how}; the last lines of ${logFile}:\n${lastLines.join('\n')}`,
  );
}
