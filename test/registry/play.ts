import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createRegistry } from '../../src/registry/registry.ts';
import type { Registry, RegistryOptions } from '../../src/registry/registry.ts';
import type { RegistrySession } from '../../src/registry/session.ts';
import { createCa } from './certificates.ts';
import type { Pair } from './certificates.ts';

/** What a server was asked, as it saw it. `url` has its query. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A whole answer, or a hand that misbehaves with the response itself. */
export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Uint8Array;
      /** Without the registry's header: something before its app says it, or before the registry. */
      readonly isUnmarked?: true;
    }
  | ((response: ServerResponse, socket: Socket) => void);

/** What a server says; undefined: as the registry would. */
export type Part = (seen: Seen) => Reply | undefined;

export interface Stage {
  readonly port: number;
  readonly seen: readonly Seen[];
  /** How many connections there were. */
  readonly sockets: () => number;
  close(): Promise<void>;
}

export const HOST = 'registry.test';
export const ORIGIN = `https://${HOST}`;
export const TOKEN = 'sha256~the-subject-s-own-token';
export const ca = await createCa('Test CA');
const ordinary = await ca.leaf([HOST, '127.0.0.1', 'localhost']);

/** A local HTTPS server on a free port that says what `part` says. */
export async function stage(part: (seen: Seen) => Reply, pair: Pair = ordinary): Promise<Stage> {
  const seen: Seen[] = [];
  const server = createServer(pair);
  let sockets = 0;
  server.on('connection', () => (sockets += 1));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void read(request).then((each) => {
      seen.push(each);
      say(part(each), response, request.socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    sockets: () => sockets,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * An OpenShift registry in outline: challenge, token route, `/v2/`; for the rest `part` is asked. Each
 * answer is marked as the registry's own.
 */
export function likeOpenShift(part: Part = () => undefined): (seen: Seen) => Reply {
  return (seen) => named(seen, marked(part(seen) ?? openShift(seen)));
}

/** With what the registry names of what it gives and takes (openshift-facts.md 1.7, 1.8), where nothing else does. */
function named(seen: Seen, reply: Reply): Reply {
  if (typeof reply === 'function') {
    return (response, socket) => {
      for (const [name, value] of Object.entries(namesOf(seen, '')))
        response.setHeader(name, value);
      reply(response, socket);
    };
  }
  const isGood = reply.status >= 200 && reply.status < 300 && reply.isUnmarked !== true;
  if (!isGood) return reply;
  return { ...reply, headers: { ...namesOf(seen, reply.body ?? ''), ...reply.headers } };
}

function namesOf({ method, url, body }: Seen, said: string | Uint8Array): Record<string, string> {
  const { pathname, searchParams } = new URL(url, ORIGIN);
  if (pathname.endsWith('/blobs/uploads/')) return { 'docker-upload-uuid': 'an-upload' };
  const asked = searchParams.get('digest') ?? /\/(sha\d+:[0-9a-f]+)$/.exec(pathname)?.[1];
  const isManifest = pathname.includes('/manifests/');
  const digest = asked ?? (isManifest ? digestOf(method === 'PUT' ? body : said) : undefined);
  return digest === undefined ? {} : { 'docker-content-digest': digest };
}

function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const MARK = { 'docker-distribution-api-version': 'registry/2.0' } as const;

/** An answer with the header that the registry puts on all of its own (openshift-facts.md 1.1). */
export function marked(reply: Reply): Reply {
  if (typeof reply === 'object') {
    return reply.isUnmarked === true ? reply : { ...reply, headers: { ...MARK, ...reply.headers } };
  }
  return (response, socket) => {
    for (const [name, value] of Object.entries(MARK)) response.setHeader(name, value);
    reply(response, socket);
  };
}

export const ACCESS_DENIED = 'Basic realm=openshift,error="access denied"';
export const BASIC = `Basic ${Buffer.from(`alice:${TOKEN}`).toString('base64')}`;

function openShift({ method, url, headers }: Seen): Reply {
  const { authorization } = headers;
  if (method === 'GET' && url.startsWith('/openshift/token')) {
    return authorization === BASIC
      ? json(200, { access_token: TOKEN, token: TOKEN })
      : { status: 401, headers: { 'content-type': 'application/json' } };
  }
  if (authorization === undefined) return unauthorized(`Bearer realm="${ORIGIN}/openshift/token"`);
  if (authorization !== `Bearer ${TOKEN}`) return unauthorized(ACCESS_DENIED);
  if (url === '/v2/') return json(200, {});
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' };
}

export function unauthorized(challenge: string, detail: unknown = null): Reply {
  return json(
    401,
    { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required', detail }] },
    { 'www-authenticate': challenge },
  );
}

/** A JSON answer as the registry's app sends it. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...MARK,
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/** The registry's error answer with one error. */
export function failing(status: number, code: string, message: string, detail?: unknown): Reply {
  return json(status, { errors: [{ code, message, detail }] });
}

/** A client of a server, both closed after `use`. */
export async function meet<T>(
  part: (seen: Seen) => Reply,
  use: (registry: Registry, server: Stage) => Promise<T>,
  options: Partial<RegistryOptions> & { readonly pair?: Pair } = {},
): Promise<T> {
  const { pair, ...rest } = options;
  const server = await stage(part, pair);
  const registry = createRegistry({
    origin: ORIGIN,
    connect: { host: '127.0.0.1', port: server.port },
    ca: ca.cert,
    ...rest,
  });
  try {
    return await use(registry, server);
  } finally {
    await registry.close();
    await server.close();
  }
}

/** As `meet`, with a login of alice's. */
export function meetAs<T>(
  part: Part,
  use: (session: RegistrySession, server: Stage) => Promise<T>,
  options: Partial<RegistryOptions> = {},
): Promise<T> {
  return meet(
    likeOpenShift(part),
    async (registry, server) =>
      use(await registry.login(TOKEN, { account: 'alice' }, patience()), server),
    options,
  );
}

/** A deadline that no good test meets. */
export function patience(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks) };
}

function say(reply: Reply, response: ServerResponse, socket: Socket): void {
  if (typeof reply === 'function') return reply(response, socket);
  response.writeHead(reply.status, reply.headers as Record<string, string | string[]>);
  response.end(reply.body);
}
