import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import type { Cluster } from '../../src/kubernetes/api/cluster.ts';
import { connect } from '../../src/kubernetes/api/connection.ts';
import { createCa } from '../registry/certificates.ts';
import type { Pair } from '../registry/certificates.ts';

/** What Purser's kubeconfig holds: it must turn up in no error. */
export const TOKEN = 'sha256~the-token-of-purser-itself-0123456789abcdefg';

/** One request as it arrived. `path` is as it was sent, still encoded. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** What comes back: a JSON body, a text in somebody's own words, or nothing at all. */
export type Answer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly text?: string;
      readonly headers?: Record<string, string>;
    }
  | 'never'
  | 'hang up';

export interface Kube {
  readonly url: string;
  readonly ca: string;
  readonly asked: Asked[];
  /** The requests so far, as `GET /api/v1/…`. */
  lines(): readonly string[];
  cluster(timeoutMs?: number): Promise<Cluster>;
}

/** An HTTPS server in the place of an API server; `respond` decides what it says. */
export async function startKube(
  t: TestContext,
  respond: (asked: Asked) => Answer,
  pair?: Pair,
): Promise<Kube> {
  const ca = await createCa('cluster');
  const { key, cert } = pair ?? (await ca.leaf(['127.0.0.1', 'localhost']));
  const asked: Asked[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    read(request)
      .then((one) => {
        asked.push(one);
        send(response, respond(one));
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `https://127.0.0.1:${port}`;
  return {
    url,
    ca: ca.cert,
    asked,
    lines: () => asked.map(({ method, path: at }) => `${method} ${at}`),
    cluster: async (timeoutMs = 10_000) =>
      createCluster(await connectTo(t, { url, ca: ca.cert }), timeoutMs),
  };
}

/** A connection by a kubeconfig that is gone when the test is. */
export async function connectTo(
  t: TestContext,
  { url, ca, user = { token: TOKEN } }: { url: string; ca?: string; user?: unknown },
): ReturnType<typeof connect> {
  const certificate = Buffer.from(ca ?? '').toString('base64');
  const kubeconfig = writeKubeconfig(t, {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [
      {
        name: 'here',
        cluster: {
          server: url,
          ...(ca === undefined ? {} : { 'certificate-authority-data': certificate }),
        },
      },
    ],
    users: [{ name: 'purser', user }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'purser' } }],
  });
  const connection = await connect({ kubeconfig });
  t.after(() => connection.dispatcher.destroy());
  return connection;
}

export function writeKubeconfig(t: TestContext, content: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-kubeconfig-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

/** A Status object, as the API answers what it does not do. */
export function refusal(
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return {
    status: code,
    headers,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message },
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const { pathname, search } = splitUrl(request.url ?? '/');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    method: request.method ?? '',
    path: pathname,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function splitUrl(url: string): { readonly pathname: string; readonly search: string } {
  const [pathname = '', search = ''] = url.split('?');
  return { pathname, search };
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'never') return;
  if (answer === 'hang up') {
    response.destroy();
    return;
  }
  const { status, body, text, headers } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text ?? JSON.stringify(body));
}
