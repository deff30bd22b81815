import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { HOST, TOKEN } from '../play.ts';
import type { Part, Seen } from '../play.ts';

/** A running registry of the distribution project, on plain HTTP. */
export interface Distribution {
  readonly port: number;
  /** Its storage: `<root>/docker/registry/v2/…`. */
  readonly root: string;
  /** What it has logged so far. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

const READY_MS = 20_000;

/**
 * Starts the program that PURSER_REGISTRY names, or `registry` on the PATH. `extra`: more settings,
 * each as an environment variable of the registry's,
 * its paths relative to a folder that goes with it.
 */
export async function startDistribution(
  extra: Readonly<Record<string, string>> = {},
): Promise<Distribution> {
  const program = process.env['PURSER_REGISTRY'] ?? 'registry';
  const folder = await mkdtemp(join(tmpdir(), 'purser-distribution-'));
  const root = join(folder, 'storage');
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    JSON.stringify({
      version: '0.1',
      http: { addr: '127.0.0.1:0', secret: 'of a test' },
      storage: { filesystem: { rootdirectory: root } },
    }),
  );
  const child = spawn(program, ['serve', config], {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none', ...extra, HOME: folder },
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close').catch((error: unknown) => {
    throw new Error(
      `these tests need a registry of the distribution project, and ${program} cannot be started: name one by PURSER_REGISTRY`,
      { cause: error },
    );
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended.catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  const log: string[] = [];
  const listening = new Promise<number>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  try {
    return { port: await soon(listening, ended, log), root, log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function soon(
  listening: Promise<number>,
  ended: Promise<unknown>,
  log: readonly string[],
): Promise<number> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the registry did not listen: ${log.join('\n')}`)),
    READY_MS,
  );
  const over = ended.then(() => {
    throw new Error(`the registry ended at once: ${log.join('\n')}`);
  });
  try {
    return await Promise.race([listening, over, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Puts TLS and OpenShift's way to log in before a registry: see `likeOpenShift`. */
export function inFrontOf({ port }: Distribution): Part {
  return (seen) =>
    seen.headers.authorization === `Bearer ${TOKEN}`
      ? (response) => void forward(port, seen, response)
      : undefined;
}

async function forward(port: number, seen: Seen, response: ServerResponse): Promise<void> {
  const { authorization: _, connection: __, ...headers } = seen.headers;
  const answer = await request(`http://127.0.0.1:${port}${seen.url}`, {
    method: seen.method,
    headers: { ...headers, host: HOST, 'x-forwarded-proto': 'https' },
    body: seen.body.length === 0 ? null : seen.body,
  });
  response.writeHead(answer.statusCode, answer.headers);
  answer.body.pipe(response);
}
