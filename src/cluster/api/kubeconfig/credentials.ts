import { readFileSync } from 'node:fs';
import type { Cluster, User } from '@kubernetes/client-node';
import { poolOf } from '../../../net/pool.ts';
import type { Account } from './read.ts';
import { shareLogin } from './shared-login.ts';

/** How one request says who it is from. */
export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What of TLS is the cluster's. */
export interface ServerTls {
  readonly ca?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

/** Finds out anew, for each request, who it is from: files are renewed, and logins end. */
export type Identify = (signal?: AbortSignal) => Promise<Identity>;

/**
 * The order is client-go's: a token (its file before the text), else the login command; a name and
 * password, and a client certificate, as they are there. Data wins over files.
 */
export function createIdentify(account: Account, loginWithinMs?: number): Identify {
  const { user, tokenFile, login: command } = account;
  const login =
    command === undefined
      ? undefined
      : shareLogin(command, () => clusterInfo(account), loginWithinMs);
  return async (signal) => {
    signal?.throwIfAborted();
    const pair = ownPair(user);
    const own = ownToken(user, tokenFile);
    if (own !== undefined) return { ...pair, headers: { ...as(user), ...bearer(own) } };
    if (login !== undefined) {
      const { token, cert, key } = await login.get(signal);
      const headers = { ...as(user), ...(token === undefined ? {} : bearer(token)) };
      return { ...(cert === undefined ? pair : { cert, key }), headers };
    }
    const headers = basic(user) ?? (await byProvider(account, signal));
    assertSomebody(account, headers, pair);
    return { ...pair, headers: { ...as(user), ...headers } };
  };
}

// An unknown provider, and one whose login has ended for good, give nothing, and client-node says nothing.
function assertSomebody(
  { user }: Account,
  headers: Identity['headers'],
  { cert, key }: Omit<Identity, 'headers'>,
): void {
  if (cert !== undefined && key !== undefined) return;
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return;
  throw new Error(
    `${nameOfProvider(user)} gives none: Purser does not know it, or its login has ended`,
  );
}

/**
 * What is trusted of the API server, as its files are now: of a bundle what can be read, as client-go has it.
 * Throws where nothing can.
 */
export function serverTls({ caData, caFile, tlsServerName, skipTLSVerify }: Cluster): ServerTls {
  const ca = dataOf(caData, caFile);
  return {
    ca: ca === undefined ? undefined : caOf(ca),
    servername: tlsServerName,
    rejectUnauthorized: skipTLSVerify ? false : undefined,
  };
}

function caOf(pem: string): string {
  try {
    return poolOf(pem);
  } catch (error) {
    throw new Error(`certificate-authority: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

function ownPair({ certData, certFile, keyData, keyFile }: User): Omit<Identity, 'headers'> {
  return { cert: dataOf(certData, certFile), key: dataOf(keyData, keyFile) };
}

function dataOf(data: string | null | undefined, file: string | null | undefined) {
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  return typeof file === 'string' && file !== '' ? readFileSync(file, 'utf8') : undefined;
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

function ownToken({ token }: User, file: string | undefined): string | undefined {
  if (file !== undefined) return readToken(file);
  return typeof token === 'string' && token !== '' ? token.trim() : undefined;
}

function as({ impersonateUser: name }: User): Record<string, string> {
  return typeof name === 'string' ? { 'Impersonate-User': name } : {};
}

function basic({ username, password }: User): Record<string, string> | undefined {
  if (typeof username !== 'string' || username === '') return undefined;
  const both = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return { authorization: `Basic ${both}` };
}

function readToken(file: string): string {
  const token = readFileSync(file, 'utf8').trim();
  if (token === '') throw new Error(`the tokenFile ${file} is empty`);
  return token;
}

function nameOfProvider({ authProvider }: User): string {
  const name: unknown = authProvider?.name;
  return `the auth-provider ${typeof name === 'string' ? JSON.stringify(name) : ''} of the user`;
}

/** The legacy auth-providers, which client-node knows, within what a login command gets. */
async function byProvider(
  { kubeConfig, user }: Account,
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
    // Not the error's words: they hold the command line, and what it printed.
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

/** What a login command is told of the cluster (Cluster of client.authentication.k8s.io/v1). */
function clusterInfo({ cluster, loginConfig }: Account): object {
  const { server, tlsServerName, skipTLSVerify, proxyUrl } = cluster;
  const ca = dataOf(cluster.caData, cluster.caFile);
  const defined = Object.entries({
    server,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTLSVerify ? true : undefined,
    'certificate-authority-data': ca === undefined ? undefined : Buffer.from(ca).toString('base64'),
    'proxy-url': proxyUrl,
    config: loginConfig,
  }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined);
}
