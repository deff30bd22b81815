import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolveProgram } from '../../../sandbox/programs/resolve.ts';

export interface Gateway {
  readonly endpoint: string;
  /** Ends the server; {@link start} starts it again on the same port with the same content. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good, and deletes what it held. */
  close(): Promise<void>;
}

/** Made up for the test's own server, and good for nothing else. */
export const KEYS = { access: 'purser-test', secret: ['a', 'test', 'of', 'purser'].join('-') };

/** Starts a real S3 server (versitygw, on a folder of files) with one bucket, `bundles`. */
export async function startGateway(): Promise<Gateway> {
  const program = await resolveProgram('versitygw', {
    progress: () => {},
    signal: new AbortController().signal,
  });
  const top = mkdtempSync(path.join(tmpdir(), 'purser-s3-test-'));
  const data = path.join(top, 'data');
  mkdirSync(path.join(data, 'bundles'), { recursive: true });
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let child: ReturnType<typeof spawn> | undefined;
  const stop = async () => {
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const start = async () => {
    const args = ['--port', `127.0.0.1:${port}`, '--access', KEYS.access, '--secret', KEYS.secret];
    child = spawn(program, [...args, '--region', 'us-east-1', 'posix', data], { stdio: 'ignore' });
    const deadline = Date.now() + 30_000;
    while (!(await answers(endpoint))) {
      if (Date.now() > deadline) throw new Error('versitygw did not answer within 30 s');
      await sleep(50);
    }
  };
  await start();
  return {
    endpoint,
    stop,
    start,
    close: async () => {
      await stop();
      rmSync(top, { recursive: true, force: true });
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
