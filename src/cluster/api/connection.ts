import { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { PurserError } from '../../domain/errors.ts';
import type { FailureType } from '../../domain/errors.ts';

/** Where a cluster is and who Purser is there: a kubeconfig file, or the pod's own service account. */
export interface ClusterAddress {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** A cluster's API server as something to send requests to. */
export interface Connection {
  readonly server: string;
  /** As it was read last. */
  readonly kubeConfig: KubeConfig;
  readonly dispatcher: Dispatcher;
  /**
   * The headers that authenticate; asked for anew for each request, because tokens are renewed. Throws
   * `CredentialsUnavailable` where the login command fails, or a file is not there.
   */
  credentials(): Promise<Readonly<Record<string, string>>>;
  /** The same server as whoever has this token, and as nobody else: without a client certificate. */
  bearing(token: string): Connection;
  /**
   * Reads the kubeconfig's credentials anew for the next request, and forgets what a login command gave:
   * for when the API server has refused them.
   */
  renew(): void;
}

/**
 * Reads the kubeconfig and prepares one kept-alive dispatcher for it. client-node itself opens a new
 * TLS connection for every request and knows no timeout (docs/decisions/0003).
 *
 * Throws `NotConfigured` where the file cannot be read or names no such context.
 */
export async function connect(address: ClusterAddress): Promise<Connection> {
  let kubeConfig = load(address);
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) {
    throw new PurserError(
      'NotConfigured',
      `the kubeconfig ${address.kubeconfig ?? '(in the cluster)'} has no current cluster; set a current-context in it, or "context:" in purser.yaml`,
    );
  }
  const tls = await optionsOf(kubeConfig, 'NotConfigured');
  // One for all tokens: a dispatcher keeps its connections, and knows nobody's credentials.
  let plain: Dispatcher | undefined;
  const connection: Connection = {
    server: cluster.server.replace(/\/$/, ''),
    get kubeConfig() {
      return kubeConfig;
    },
    dispatcher: dispatcherFor(cluster.proxyUrl, tls),
    credentials: async () => headersOf(await optionsOf(kubeConfig, 'CredentialsUnavailable')),
    renew: () => {
      kubeConfig = reload(address) ?? kubeConfig;
    },
    bearing: (token) => {
      const { cert: _cert, key: _key, ...anybody } = tls;
      plain ??= dispatcherFor(cluster.proxyUrl, anybody);
      const authorization = `Bearer ${token}`;
      return { ...connection, dispatcher: plain, credentials: async () => ({ authorization }) };
    },
  };
  return connection;
}

/** Undefined where it cannot be read right now: somebody may be writing it. */
function reload(address: ClusterAddress): KubeConfig | undefined {
  try {
    return load(address);
  } catch {
    return undefined;
  }
}

type HttpsOptions = Parameters<KubeConfig['applyToHTTPSOptions']>[0];

async function optionsOf(kubeConfig: KubeConfig, type: FailureType): Promise<HttpsOptions> {
  const options: HttpsOptions = {};
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    throw new PurserError(
      type,
      `the kubeconfig's credentials could not be loaded: ${reasonOf(error)}; try its login command, or look at the files that it names`,
    );
  }
  return options;
}

function headersOf(options: HttpsOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  const given = options.headers ?? {};
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) headers[name] = String(value);
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

function dispatcherFor(proxyUrl: string | undefined, options: HttpsOptions): Dispatcher {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  );
  const settings = { connections: 16, keepAliveTimeout: 30_000 };
  if (proxyUrl === undefined)
    return new Agent({ ...settings, connect: { ...tls, timeout: 5_000 } });
  if (!/^https?:/.test(proxyUrl)) {
    throw new PurserError(
      'NotConfigured',
      `the kubeconfig's proxy-url is a ${proxyUrl.split(':')[0]} proxy; Purser knows http and https proxies`,
    );
  }
  return new ProxyAgent({ ...settings, uri: proxyUrl, requestTls: tls });
}

function load({ kubeconfig, context }: ClusterAddress): KubeConfig {
  if (kubeconfig === undefined && process.env['KUBERNETES_SERVICE_HOST'] === undefined) {
    throw new PurserError(
      'NotConfigured',
      'no kubeconfig is named, and this is not a pod of the cluster; set kubeconfig: of the target in purser.yaml',
    );
  }
  const kubeConfig = new KubeConfig();
  try {
    if (kubeconfig === undefined) kubeConfig.loadFromCluster();
    else kubeConfig.loadFromFile(kubeconfig);
    if (context !== undefined) kubeConfig.setCurrentContext(context);
  } catch (error) {
    throw new PurserError(
      'NotConfigured',
      `the kubeconfig ${kubeconfig ?? 'of the pod'} cannot be used: ${reasonOf(error)}`,
    );
  }
  if (context !== undefined && kubeConfig.getContextObject(context) === null) {
    const known = kubeConfig.getContexts().map(({ name }) => name);
    throw new PurserError(
      'NotConfigured',
      `context ${JSON.stringify(context)} is not in ${kubeconfig}; it has ${known.join(', ') || 'none'}`,
    );
  }
  return kubeConfig;
}

// Both parsers quote what they could not read, and a kubeconfig or a login command's output holds tokens.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error instanceof SyntaxError) return 'the login command of the user printed no JSON';
  if (error.name !== 'YAMLException') return error.message.trim().slice(0, 400);
  const line = /\((\d+):\d+\)/.exec(error.message)?.[1];
  return `it is not YAML${line === undefined ? '' : ` (line ${line})`}`;
}
