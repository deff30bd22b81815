import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { createControl } from '../registry-front/control.ts';
import { applyListeningFaults, listen, stop } from '../registry-front/wire/listening.ts';
import type { RouterConfig } from './config.ts';
import { routerFaultsSchema } from './faults.ts';
import type { RouterAnswer, RouterFaults } from './faults.ts';
import { answerRaw, NOT_AVAILABLE } from './page.ts';
import { createForwarder } from './forward.ts';

export interface Router {
  readonly address: AddressInfo;
  readonly control: AddressInfo;
  readonly close: () => Promise<void>;
}

/** Longer than any client keeps a connection, so that the server never closes it first. */
const KEEP_ALIVE_MS = 120_000;

/**
 * OpenShift's router before the registry, as far as a client can tell. TLS ends here (a reencrypt route),
 * and the request is forwarded to the first replica that accepts the connection. If none does, the router
 * answers 503 itself. Resolves when it listens.
 */
export async function startRouter(config: RouterConfig): Promise<Router> {
  const [cert, key, ca] = await Promise.all(
    [config.certFile, config.keyFile, config.backendCaFile].map((file) => readFile(file, 'utf8')),
  );
  const faults: { current: RouterFaults } = { current: {} };
  const forward = createForwarder({ ...config, ca: ca ?? '' });
  const server = createServer(
    {
      cert,
      key,
      SNICallback: (_name, done) => {
        const { certificate } = faults.current;
        done(null, certificate === undefined ? undefined : createSecureContext(certificate));
      },
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
    },
    (request, response) => {
      const { router } = faults.current;
      if (router === 'no-backend') {
        answerRaw(request, NOT_AVAILABLE);
      } else if (router !== undefined && matchesFault(router, request)) {
        sendFault(router, request, response);
      } else {
        void forward(request, response);
      }
    },
  );
  const address = await listen(server, config.listen);
  const endpoint = { ...config.listen, port: address.port };
  const control = createControl(routerFaultsSchema, faults, () =>
    applyListeningFaults(server, faults.current, endpoint),
  );
  return {
    address,
    control: await listen(control, config.control),
    close: async () => {
      await Promise.all([stop(server), stop(control)]);
    },
  };
}

function matchesFault(
  { match }: RouterAnswer,
  { method = '', url = '' }: IncomingMessage,
): boolean {
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.path === undefined || (url.split('?', 1)[0] ?? '').includes(match.path))
  );
}

function sendFault(
  { status, contentType, headers, body }: RouterAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  response
    .writeHead(status, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}
