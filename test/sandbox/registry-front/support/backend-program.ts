import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { dataPaths } from '../../../../sandbox/folder/paths.ts';
import { choosePorts } from '../../../../sandbox/folder/ports.ts';
import { backendUrl, distribution } from '../../../../sandbox/launch/distribution.ts';
import { programs } from '../../support/programs.ts';

export interface BackendProgram {
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

const READY_WITHIN_MS = 20_000;

/** The real distribution registry over a folder, started as a sandbox starts it. */
export async function startBackend(folder: string): Promise<BackendProgram> {
  const context = { paths: dataPaths(folder), ports: await choosePorts({}, 0), programs };
  const { command, args, env } = distribution(context);
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(
      `The registry program ${command} does not start (${String(error)}): set PURSER_REGISTRY to the path of distribution's registry`,
    );
  });
  const origin = backendUrl(context);
  await Promise.race([answering(`${origin}/v2/`), failed]);
  return {
    origin,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}

async function answering(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) {
      return;
    }
    await delay(25);
  }
  assert.fail(`${url} did not answer 200 within ${READY_WITHIN_MS} ms`);
}
