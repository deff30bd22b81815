import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { createCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { OpenShiftApiConfig } from './config.ts';
import { createEtcd } from './etcd.ts';
import type { Etcd } from './etcd.ts';
import { catalogue } from './resources/catalogue.ts';
import { createApi, notServed } from './rest/api.ts';
import { bodyOf } from './rest/request.ts';
import { ApiError } from './rest/status.ts';
import { createStore } from './store.ts';
import { createAuthenticator } from './webhooks/authenticate.ts';
import { createAuthorizer } from './webhooks/authorize.ts';

/** Longer than Go's 90 s, so that kube-apiserver never writes on a connection that was just closed. */
const KEEP_ALIVE_MS = 180_000;
const STOP_WITHIN_MS = 2_000;
/** openshift-facts.md 11.2. */
const NOT_STORED = { 'cache-control': 'no-store' };

/** A running stand-in; `stop` ends its watches and connections. */
export interface OpenShiftApi {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the stand-in: listening when the promise resolves, ready (/readyz) as soon as etcd answers. */
export async function startOpenShiftApi(
  config: OpenShiftApiConfig,
  log: Logger,
): Promise<OpenShiftApi> {
  const etcd = createEtcd(config.etcd.url);
  const cluster = createCluster(config.cluster);
  const stopping = new AbortController();
  const route = createRoute(config, { etcd, cluster, signal: stopping.signal });
  const server = createServer({
    cert: readFileSync(config.tls.certFile),
    key: readFileSync(config.tls.keyFile),
    ca: readFileSync(config.tls.clientCaFile),
    requestCert: true,
    // Checked by route, so that /readyz needs no certificate.
    rejectUnauthorized: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  server.on('request', (request, response) => {
    void answer(request, response, { route, log });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.listen.port, config.listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async stop() {
      stopping.abort();
      const late = setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
      });
      clearTimeout(late);
      await Promise.all([etcd.close(), cluster.close()]);
    },
  };
}

function createRoute(
  config: OpenShiftApiConfig,
  { etcd, cluster, signal }: { etcd: Etcd; cluster: Cluster; signal: AbortSignal },
): Route {
  const { etcdPrefix, internalRegistry, externalRegistry, tokenLedger } = config;
  const store = createStore(etcd, etcdPrefix);
  const hosts = { internal: internalRegistry, external: externalRegistry };
  const api = createApi(catalogue({ store, cluster, hosts, tokenLedger }), cluster);
  const webhooks = new Map([
    ['/authenticate', createAuthenticator(store)],
    ['/authorize', createAuthorizer(cluster)],
  ]);
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path === '/readyz') {
      await etcd.count({ key: `${etcdPrefix}/ready` });
      return { code: 200, body: { ready: true } };
    }
    const webhook = webhooks.get(path);
    if (webhook !== undefined) {
      requireCertificate(request, config.webhookNames);
      return { code: 200, body: await webhook(await bodyOf(request)) };
    }
    if (/^\/(?:apis|openapi)(?:\/|$)/.test(path)) {
      requireCertificate(request, config.aggregatorNames);
      return await api(request, response, signal);
    }
    throw notServed(request.method ?? '', path);
  };
}

type Route = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<{ readonly code: number; readonly body: object } | undefined>;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { route, log }: { route: Route; log: Logger },
): Promise<void> {
  const began = performance.now();
  try {
    const result = await route(request, response);
    if (result !== undefined) {
      send(response, result.code, result.body);
    }
  } catch (error) {
    const { status } = error instanceof ApiError ? error : unavailable(error, log);
    if (response.headersSent) {
      response.destroy();
    } else {
      send(response, status.code ?? 500, status);
    }
  }
  log.debug({
    msg: 'request',
    method: request.method,
    path: withoutTokenNames(request.url ?? ''),
    code: response.statusCode,
    ms: Math.round(performance.now() - began),
  });
}

function send(response: ServerResponse, code: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(code, {
    ...(response.req.url?.startsWith('/apis/image.openshift.io/') && NOT_STORED),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Hides token names from the log: a caller may have sent a secret in place of the name. */
function withoutTokenNames(url: string): string {
  return url.replaceAll(/sha256(?:~|%7E)[^/?&]*/gi, 'sha256~…');
}

function unavailable(error: unknown, log: Logger): ApiError {
  const message = error instanceof Error ? error.message : 'unknown error';
  log.error({ msg: 'request failed', error: message });
  return new ApiError(503, 'ServiceUnavailable', `the stand-in could not answer: ${message}`);
}

function requireCertificate({ socket }: IncomingMessage, names: readonly string[]): void {
  const name = certificateName(socket);
  if (!names.includes(name)) {
    throw new ApiError(
      401,
      'Unauthorized',
      `this path takes client certificates of ${names.join(', ')} only, got ${name || 'none that is trusted'}`,
    );
  }
}

const certificateNames = new WeakMap<object, string>();

/** Parsing a certificate for each request would cost more than answering it. */
function certificateName(socket: IncomingMessage['socket']): string {
  const known = certificateNames.get(socket);
  if (known !== undefined) {
    return known;
  }
  const trusted = socket instanceof TLSSocket && socket.authorized;
  const name = trusted ? socket.getPeerCertificate().subject?.CN : '';
  const only = typeof name === 'string' ? name : '';
  certificateNames.set(socket, only);
  return only;
}
