import { readFileSync } from 'node:fs';
import type { Cluster, User } from '@kubernetes/client-node';
import { trustedBundle } from '../../../net/pool.ts';
import { asHeaderValue } from './header.ts';
import { assertPair, whenChanged } from '../../../pem.ts';
import type { Pair } from '../../../pem.ts';
import type { KubeconfigContext } from './context.ts';
import { shareLogin } from './shared-login.ts';

/** The credentials of one request. */
export interface RequestCredentials extends Pair {
  readonly headers: Readonly<Record<string, string>>;
}

/** The TLS settings of the cluster. */
export interface ServerTls {
  readonly ca?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

/** Finds the credentials for each request: files are renewed, and logins end. */
export type Identify = (signal?: AbortSignal) => Promise<RequestCredentials>;

/**
 * The order is client-go's. The login command runs only if the user has no credentials of its own: a token
 * (its file before the text), a name and password, or a client certificate (data before files).
 */
export function createIdentify(account: KubeconfigContext, loginWithinMs?: number): Identify {
  const { user, tokenFile, login: command } = account;
  const login =
    command === undefined
      ? undefined
      : shareLogin(command, () => clusterInfo(account), loginWithinMs);
  const ownPair = createPair(user);
  return async (signal) => {
    signal?.throwIfAborted();
    const pair = ownPair();
    const own = bearerAuth(ownToken(user, tokenFile)) ?? basicAuth(user);
    if (own !== undefined) return { ...pair, headers: { ...impersonation(user), ...own } };
    if (login !== undefined && pair.cert === undefined) {
      const { token, cert, key } = await login.get(signal);
      return { cert, key, headers: { ...impersonation(user), ...bearerAuth(token) } };
    }
    const headers = await authProviderHeaders(account, signal);
    assertAuthenticated(account, headers, pair);
    return { ...pair, headers: { ...impersonation(user), ...headers } };
  };
}

// An unknown provider, or one whose login has ended, gives no credentials, and client-node reports no error.
function assertAuthenticated(
  { user }: KubeconfigContext,
  headers: RequestCredentials['headers'],
  { cert }: Pair,
): void {
  if (cert !== undefined) return;
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return;
  throw new Error(
    `${nameOfProvider(user)} gives none: Purser does not know it, or its login has ended`,
  );
}

/**
 * The API server's TLS settings, from its files as they are now. Of a bundle, the readable certificates are
 * trusted, as with client-go. Throws an Error if the CA holds none.
 */
export function createServerTls(cluster: Cluster): () => ServerTls {
  const { caData, caFile, tlsServerName, skipTLSVerify } = cluster;
  const pool = poolNamed(nameOf('certificate-authority', caData, caFile));
  return () => ({
    ca: pool(dataOf(caData, caFile)),
    servername: tlsServerName,
    rejectUnauthorized: skipTLSVerify ? false : undefined,
  });
}

// Parsed again only if the file has changed.
function poolNamed(name: string): (pem: string | undefined) => string | undefined {
  let last: { readonly pem: string; readonly pool: string } | undefined;
  return (pem) => {
    if (pem === undefined) return undefined;
    if (last?.pem === pem) return last.pool;
    try {
      last = { pem, pool: trustedBundle(pem) };
    } catch (error) {
      throw new Error(`${name} holds no certificate (PEM)`, { cause: error });
    }
    return last.pool;
  };
}

function createPair({ certData, certFile, keyData, keyFile }: User): () => Pair {
  const names = {
    cert: nameOf('client-certificate', certData, certFile),
    key: nameOf('client-key', keyData, keyFile),
  };
  const check = whenChanged((pair: Pair) => assertPair(pair, names));
  return () => {
    const pair = { cert: dataOf(certData, certFile), key: dataOf(keyData, keyFile) };
    check(pair);
    return pair;
  };
}

type Setting = string | null | undefined;

function dataOf(data: Setting, file: Setting): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFileSync(file, 'utf8') : undefined;
}

function nameOf(setting: string, data: Setting, file: Setting): string {
  return data ? `${setting}-data` : `${setting} ${file}`;
}

function bearerAuth(token: string | undefined): Record<string, string> | undefined {
  return token === undefined ? undefined : { Authorization: `Bearer ${token}` };
}

function ownToken({ token }: User, file: string | undefined): string | undefined {
  if (file !== undefined) return readToken(file);
  return token ? asHeaderValue(token.trim(), 'token') : undefined;
}

function impersonation({ impersonateUser: name }: User): Record<string, string> {
  return name ? { 'Impersonate-User': asHeaderValue(name, 'as') } : {};
}

function basicAuth({ username, password }: User): Record<string, string> | undefined {
  if (!username) return undefined;
  const both = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return { authorization: `Basic ${both}` };
}

function readToken(file: string): string {
  const token = readFileSync(file, 'utf8').trim();
  if (token === '') throw new Error(`the tokenFile ${file} is empty`);
  return asHeaderValue(token, `the tokenFile ${file}`);
}

function nameOfProvider({ authProvider }: User): string {
  const name: unknown = authProvider?.name;
  return `the auth-provider ${typeof name === 'string' ? JSON.stringify(name) : ''} of the user`;
}

/** The legacy auth-providers, which client-node knows, with the time limit of a login command. */
async function authProviderHeaders(
  { kubeConfig, user }: KubeconfigContext,
  signal: AbortSignal | undefined,
): Promise<Record<string, string>> {
  if (typeof user.authProvider !== 'object' || user.authProvider === null) return {};
  const options: Parameters<typeof kubeConfig.applyToHTTPSOptions>[0] = {};
  const { promise, reject } = Promise.withResolvers<never>();
  const ended = AbortSignal.any([
    ...(signal === undefined ? [] : [signal]),
    AbortSignal.timeout(30_000),
  ]);
  const abort = (): void => reject(ended.reason);
  ended.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([kubeConfig.applyToHTTPSOptions(options), promise]);
  } catch {
    signal?.throwIfAborted();
    // Not the error's message: it holds the command line and its output.
    throw new Error(
      ended.aborted
        ? `${nameOfProvider(user)} gave nothing within 30 s`
        : `${nameOfProvider(user)} failed`,
    );
  } finally {
    ended.removeEventListener('abort', abort);
  }
  const given = options.headers ?? {};
  return Array.isArray(given)
    ? {}
    : Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

/** What a login command gets about the cluster (Cluster of client.authentication.k8s.io/v1). */
function clusterInfo({ cluster, loginConfig }: KubeconfigContext): object {
  const { server, tlsServerName, skipTLSVerify, proxyUrl } = cluster;
  const ca = dataOf(cluster.caData, cluster.caFile);
  const defined = Object.entries({
    server,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTLSVerify ? true : undefined,
    'certificate-authority-data': ca === undefined ? undefined : Buffer.from(ca).toString('base64'),
    'proxy-url': proxyUrl || undefined,
    config: loginConfig,
  }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined);
}
