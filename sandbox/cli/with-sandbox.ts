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
  /** Where to show what is going on; default: standard error. */
  readonly progress?: Progress | undefined;
}

/**
 * Brings a sandbox up with a worker on it, lets `act` use it, and takes it down again: when the act
 * ends, on Ctrl-C or another signal, or when one of its programs dies, which is then named.
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
    return await Promise.race([work(), sandbox.died.then(report)]);
  } finally {
    progress({ type: 'step', text: 'stopping the sandbox' });
    await sandbox.stop();
  }
}

/** Resolves when the reader has seen enough: Ctrl-C, or another signal. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

// An onboarding that starts before its worker polls would count the worker's start as its own time.
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

function report({ name, code, signal, logFile, lastLines }: ProgramExit): never {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  throw new PurserError(
    'ServerError',
    `the sandbox's ${name} ended ${how}; the last lines of ${logFile}:\n${lastLines.join('\n')}`,
  );
}
