import { request as startRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { RouterConfig } from './config.ts';
import { answerRaw, BAD_GATEWAY, NOT_AVAILABLE } from './page.ts';

type Backends = Pick<RouterConfig, 'backends' | 'backendName'> & { readonly ca: string };

/**
 * Forwards a request to the first backend that accepts the connection, and returns its answer. Each
 * request has its own connection, so that a stale connection is no failure. Never rejects.
 */
export function createForwarder(to: Backends) {
  // Resumed TLS sessions make the next handshake cheap.
  const sessions = new Map<number, Buffer>();
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const socket = await connectFirst(to, sessions);
    if (socket === undefined) {
      answerRaw(request, NOT_AVAILABLE);
      return;
    }
    try {
      const answer = await exchange(request, response, socket);
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      await pipeline(answer, response);
    } catch {
      if (response.headersSent) {
        response.destroy();
      } else if (!request.socket.destroyed) {
        answerRaw(request, BAD_GATEWAY);
      }
    } finally {
      socket.destroy();
    }
  };
}

async function connectFirst(
  { backends, backendName, ca }: Backends,
  sessions: Map<number, Buffer>,
): Promise<TLSSocket | undefined> {
  for (const { host, port } of backends) {
    const session = sessions.get(port);
    const socket = connect({
      host,
      port,
      servername: backendName,
      ca,
      ...(session === undefined ? {} : { session }),
    });
    socket.on('session', (next) => sessions.set(port, next));
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.once('secureConnect', () => resolve(true));
    socket.once('error', () => resolve(false));
    if (await promise) {
      return socket;
    }
    sessions.delete(port);
  }
  return undefined;
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  socket: TLSSocket,
): Promise<IncomingMessage> {
  const { method, url, headers } = request;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const passed = startRequest({
    createConnection: () => socket,
    method,
    path: url,
    headers: forwarded(request, headers),
  });
  passed.once('response', resolve);
  passed.once('error', reject);
  // If the client disconnects, so does the router from the registry.
  response.once('close', () => passed.destroy());
  pipeline(request, passed).catch(reject);
  return promise;
}

/** HAProxy's option forwardfor, and the headers that OpenShift's router sets on every route. */
function forwarded({ socket }: IncomingMessage, headers: IncomingHttpHeaders) {
  return {
    ...endToEnd(headers),
    connection: 'close',
    'x-forwarded-for': [headers['x-forwarded-for'] ?? [], socket.remoteAddress ?? []]
      .flat()
      .join(', '),
    'x-forwarded-host': headers.host,
    'x-forwarded-proto': 'https',
  };
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade']);

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
