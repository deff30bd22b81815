import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface BackendProgram {
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

const READY_WITHIN_MS = 20_000;

/** The real distribution registry over a folder; PURSER_REGISTRY, else `registry` on the PATH. */
export async function startBackend(folder: string): Promise<BackendProgram> {
  const program = process.env['PURSER_REGISTRY'] ?? 'registry';
  const port = await freePort();
  const config = join(folder, 'registry.yml');
  await writeFile(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'error' },
      storage: {
        filesystem: { rootdirectory: join(folder, 'content') },
        delete: { enabled: true },
      },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child = spawn(program, ['serve', config], {
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
    stdio: 'ignore',
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(
      `The registry program ${program} does not start (${String(error)}): set PURSER_REGISTRY to the path of distribution's registry`,
    );
  });
  const origin = `http://127.0.0.1:${port}`;
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

/** A port that nobody has now; another may take it, as on any machine. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  assert.ok(address !== null && typeof address === 'object');
  probe.close();
  await once(probe, 'close');
  return address.port;
}
