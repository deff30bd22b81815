import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { startFront } from '../../../../sandbox/registry-front/server.ts';
import type { Faults } from '../../../../sandbox/registry-front/faults.ts';
import { startBackend } from './backend-program.ts';
import { writeCertificate } from './certificate.ts';
import { startFakeCluster } from './fake-cluster.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { Person } from './people.ts';

export interface RegistryRequest {
  readonly method?: Dispatcher.HttpMethod;
  /** A path, or a whole URL of the same registry. */
  readonly path: string;
  /** The person whose token is sent as a bearer token; without it, none. */
  readonly as?: Person | 'anonymous' | 'expired';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RegistryResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly bytes: Buffer;
}

/** A registry as its clients see it, and the controls for a test. */
export interface Environment {
  readonly origin: string;
  readonly ask: (ask: RegistryRequest) => Promise<RegistryResponse>;
  readonly tokens: FakeCluster['tokens'];
  readonly breakWith: (faults: Faults) => Promise<RegistryResponse>;
  /** The lines of the container's log in CRI format. */
  readonly logLines: () => Promise<readonly string[]>;
  readonly cluster: FakeCluster;
  /** Kills the registry behind the front for good. */
  readonly stopBackend: () => Promise<void>;
  /** The CA of the front's certificate, as PEM. */
  readonly ca: string;
  readonly close: () => Promise<void>;
}

/**
 * The front with a real distribution registry and a fake cluster API. Everything is on loopback and in a
 * temporary folder.
 */
export async function openEnvironment(): Promise<Environment> {
  const folder = await mkdtemp(join(tmpdir(), 'purser-front-'));
  const cluster = await startFakeCluster();
  const backend = await startBackend(folder);
  const { pem, ...certificate } = await writeCertificate(folder, ['localhost', 'registry.example']);
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${cluster.registryToken}\n`);
  const logFile = join(folder, 'front.log');
  const front = await startFront({
    listen: { host: '127.0.0.1', port: 0 },
    certificates: [certificate],
    backend: backend.origin,
    cluster: { server: cluster.server, tokenFile },
    logFile,
    podName: 'image-registry-0',
    version: '4.21.0',
    control: { host: '127.0.0.1', port: 0 },
  });
  const agent = new Agent({ connect: { ca: pem } });
  const origin = `https://localhost:${front.address.port}`;
  const faultsUrl = `http://127.0.0.1:${front.control?.port}/faults`;

  const tokenOf = (as: NonNullable<RegistryRequest['as']>): string =>
    as === 'anonymous' || as === 'expired' ? as : cluster.tokens[as];

  const ask = async ({
    method = 'GET',
    path,
    as,
    headers = {},
    body,
  }: RegistryRequest): Promise<RegistryResponse> => {
    const bearer = as === undefined ? {} : { Authorization: `Bearer ${tokenOf(as)}` };
    const answer = await request(new URL(path, origin), {
      method,
      dispatcher: agent,
      headers: { ...bearer, ...headers },
      body: body ?? null,
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, text: bytes.toString(), bytes };
  };

  const breakWith = async (faults: Faults): Promise<RegistryResponse> => {
    const answer = await request(faultsUrl, { method: 'PUT', body: JSON.stringify(faults) });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, bytes: Buffer.from(text) };
  };

  return {
    origin,
    ask,
    tokens: cluster.tokens,
    breakWith,
    logLines: async () => (await readFile(logFile, 'utf8')).split('\n').filter((l) => l !== ''),
    cluster,
    stopBackend: backend.stop,
    ca: pem,
    close: async () => {
      await agent.destroy();
      await front.close();
      await backend.stop();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
