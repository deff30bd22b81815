import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'undici';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { createCa } from '../../registry/certificates.ts';
import { temporaryFile } from './looks.ts';
import type { World } from './world.ts';

/** A server before the sandbox's API server, which passes on or refuses what it is told to. */
export interface ApiProxy {
  /** Purser's kubeconfig, but for the server. */
  readonly kubeconfig: string;
  /** Answers everything, or what matches `path`, with this status; undefined: passes it on. */
  refuse(status: number | undefined, path?: RegExp): void;
  close(): Promise<void>;
}

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'] as const;

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string() })),
});

export async function openApiProxy({ info }: World): Promise<ApiProxy> {
  const ca = await createCa('proxy');
  const behind = new Agent({ connect: { ca: readFileSync(info.cluster.caFile, 'utf8') } });
  let refused: { readonly status: number; readonly path: RegExp } | undefined;
  const server = createServer(await ca.leaf(['127.0.0.1', 'localhost']), (asked, response) => {
    if (refused?.path.test(asked.url ?? '') === true) return refuse(response, refused.status);
    pass(asked, response, { server: info.cluster.server, behind }).catch(() => response.destroy());
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { file, end } = temporaryFile(
    rewritten(readFileSync(info.cluster.kubeconfig, 'utf8'), `https://127.0.0.1:${port}`, ca.cert),
  );
  return {
    kubeconfig: file,
    refuse: (status, path = /^/) =>
      void (refused = status === undefined ? undefined : { status, path }),
    close: async () => {
      end();
      server.closeAllConnections();
      server.close();
      await behind.destroy();
    },
  };
}

function rewritten(kubeconfig: string, server: string, ca: string): string {
  const given = kubeconfigSchema.parse(parse(kubeconfig));
  const cluster = {
    server,
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
  };
  return stringify({ ...given, clusters: given.clusters.map((each) => ({ ...each, cluster })) });
}

function refuse(response: ServerResponse, code: number): void {
  const message = code === 429 ? 'too many requests, please try again later' : 'etcd is away';
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
  response.writeHead(code, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify(status));
}

async function pass(
  asked: IncomingMessage,
  response: ServerResponse,
  { server, behind }: { readonly server: string; readonly behind: Agent },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(Buffer.from(chunk));
  const { authorization = '', accept = '*/*' } = asked.headers;
  const type = asked.headers['content-type'];
  const answer = await request(`${server}${asked.url}`, {
    method: METHODS.find((method) => method === asked.method) ?? 'GET',
    dispatcher: behind,
    headers: { authorization, accept, ...(type === undefined ? {} : { 'content-type': type }) },
    body: chunks.length === 0 ? null : Buffer.concat(chunks),
  });
  response.writeHead(answer.statusCode, { 'content-type': 'application/json' });
  response.end(await answer.body.text());
}
