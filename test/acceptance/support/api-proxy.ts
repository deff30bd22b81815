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
  /** Answers everything with this status; undefined: passes it on. */
  refuse(status: number | undefined): void;
  /** {@link refuse}, for the requests that this holds for only: `DELETE /apis/…`. */
  refuseOnly(status: number, matches: RegExp): void;
  /**
   * Holds back the next request that this holds for until `release`; it arrives then, whoever has gone
   * meanwhile. `held` resolves when there is one.
   */
  holdBack(matches: RegExp): { readonly held: Promise<void>; release(): void };
  close(): Promise<void>;
}

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string() })),
});

export async function openApiProxy({ info }: World): Promise<ApiProxy> {
  const ca = await createCa('proxy');
  const behind = new Agent({ connect: { ca: readFileSync(info.cluster.caFile, 'utf8') } });
  let refused: { readonly status: number; readonly matches: RegExp } | undefined;
  let hold: Hold | undefined;
  const server = createServer(await ca.leaf(['127.0.0.1', 'localhost']), (asked, response) => {
    const what = `${asked.method} ${asked.url}`;
    if (refused?.matches.test(what) === true) return refuse(response, refused.status);
    const held = hold?.matches.test(what) === true ? hold : undefined;
    if (held !== undefined) hold = undefined;
    held?.begun();
    pass(asked, response, { server: info.cluster.server, behind, until: held?.released }).catch(
      () => response.destroy(),
    );
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
    refuse: (status) =>
      void (refused = status === undefined ? undefined : { status, matches: /^/ }),
    refuseOnly: (status, matches) => void (refused = { status, matches }),
    holdBack: (matches) => {
      const begun = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      hold = { matches, begun: begun.resolve, released: released.promise };
      return { held: begun.promise, release: released.resolve };
    },
    close: async () => {
      end();
      server.closeAllConnections();
      server.close();
      await behind.destroy();
    },
  };
}

interface Hold {
  readonly matches: RegExp;
  readonly begun: () => void;
  readonly released: Promise<void>;
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
  const message =
    code === 429
      ? 'too many requests, please try again later'
      : code === 401
        ? 'Unauthorized'
        : code === 403
          ? 'forbidden by the story'
          : 'etcd is away';
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
  response.writeHead(code, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify(status));
}

interface Behind {
  readonly server: string;
  readonly behind: Agent;
  readonly until: Promise<void> | undefined;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

async function pass(
  asked: IncomingMessage,
  response: ServerResponse,
  { server, behind, until }: Behind,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(Buffer.from(chunk));
  await until;
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
