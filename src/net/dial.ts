import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, Socket } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, getCACertificates } from 'node:tls';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import { AS_GO_TRUSTS, checkAsGo } from './certificate.ts';
import { trustedCertificates } from './pool.ts';

/**
 * How a server is reached other than by resolving its name: another host and port (like curl's
 * `--connect-to`), or a function that opens a stream of bytes to it (a port-forward).
 */
export type Connect =
  { readonly host: string; readonly port: number } | ((signal: AbortSignal) => Promise<Duplex>);

/** The target of one connection, and what the server must prove. */
export interface Destination {
  readonly url: URL;
  readonly connect: Connect | undefined;
  readonly context: SecureContext;
  /** The protocols to offer over TLS; default HTTP/1.1. */
  readonly alpn?: readonly string[];
}

/** A connection that failed, and how far it got. `to` is the name or address. */
export class DialError extends Error {
  readonly stage: 'name' | 'tcp' | 'stream' | 'tls';
  readonly to: string;

  constructor(stage: DialError['stage'], to: string, cause: unknown) {
    super(`${stage} ${to}`, { cause });
    this.name = 'DialError';
    this.stage = stage;
    this.to = to;
  }
}

/** What is trusted: Node's own roots (NODE_EXTRA_CA_CERTS included) and the given PEM certificates. */
export function trust(ca: string | undefined): SecureContext {
  const known = contexts.get(ca);
  if (known !== undefined) return known;
  const roots =
    ca === undefined ? {} : { ca: [...getCACertificates('default'), ...trustedCertificates(ca)] };
  const context = createSecureContext({ ...AS_GO_TRUSTS, ...roots });
  contexts.set(ca, context);
  return context;
}

// Parsing Node's roots takes 25 ms or more. A worker knows few bundles: one or two a target.
const contexts = new Map<string | undefined, SecureContext>();

/** A connection ready for HTTP/1.1. Throws `DialError`. */
export async function dial(to: Destination, signal: AbortSignal): Promise<Socket> {
  const stream = await openStream(to, await findAddresses(to, signal), signal);
  if (to.url.protocol === 'https:') return startTls(to, stream, { signal, strict: true });
  if (stream instanceof Socket) return stream;
  stream.destroy();
  throw new DialError('stream', to.url.host, new Error('over a stream only https is supported'));
}

/** The addresses of the name to connect to; none if a function opens the stream. */
export async function findAddresses(
  to: Destination,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  if (typeof to.connect === 'function') return [];
  const { host } = peerOf(to);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return attempt('name', host, () => abortable(lookup(host, { all: true }), signal));
}

/** TCP to the first address that answers, or the stream that the given function opens. */
export async function openStream(
  to: Destination,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<Duplex> {
  const { connect } = to;
  if (typeof connect === 'function') {
    return attempt('stream', to.url.host, () =>
      abortable(closeLate(connect(signal), signal), signal),
    );
  }
  const { host, port } = peerOf(to);
  const known: LookupFunction = (_host, options, found) => {
    if (options.all === true) found(null, [...addresses]);
    else found(null, addresses[0]?.address ?? host, addresses[0]?.family);
  };
  const socket = connectTcp({ host, port, lookup: known, ...TCP });
  return attempt('tcp', `${host}:${port}`, () => ready(socket, 'connect', signal));
}

// By default Node waits 250 ms for each address but the last. A round trip to a far cluster may take longer.
const TCP = { noDelay: true, keepAlive: true, autoSelectFamilyAttemptTimeout: 1_000 } as const;

/**
 * TLS over a stream; the server's name is checked however it is reached. `strict: false` accepts a bad
 * certificate so that it can be inspected (`TLSSocket.authorizationError`): send nothing over such a socket.
 */
export async function startTls(
  to: Destination,
  stream: Duplex,
  { signal, strict }: { readonly signal: AbortSignal; readonly strict: boolean },
): Promise<TLSSocket> {
  const socket = connectTls({ ...tlsOptions(to, strict), socket: stream });
  socket.once('close', () => stream.destroy());
  stream.on('error', (error) => socket.destroy(error));
  return attempt('tls', to.url.host, () => ready(socket, 'secureConnect', signal));
}

/** The options of the TLS handshake with the destination; see {@link startTls}. */
export function tlsOptions(
  { url, context, alpn = ['http/1.1'] }: Destination,
  strict: boolean,
): ConnectionOptions {
  const host = hostOf(url);
  return {
    host,
    servername: isIP(host) === 0 ? host : '',
    secureContext: context,
    rejectUnauthorized: strict,
    checkServerIdentity: checkAsGo,
    ALPNProtocols: [...alpn],
  };
}

/** The peer of the TCP connection. */
function peerOf({ url, connect }: Destination): { readonly host: string; readonly port: number } {
  if (typeof connect === 'object') return connect;
  const standard = url.protocol === 'http:' ? 80 : 443;
  return { host: hostOf(url), port: url.port === '' ? standard : Number(url.port) };
}

/** The name or address in an URL; an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

async function attempt<T>(
  stage: DialError['stage'],
  to: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new DialError(stage, to, error);
  }
}

/** Waits for `event`; destroys the socket if anything else comes first. */
function ready<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>();
  const abort = (): void => reject(signal.reason);
  const close = (): void =>
    reject(Object.assign(new Error('closed by the other side'), { code: 'ECONNRESET' }));
  socket.once(event, () => resolve(socket));
  // Not removed: an error after the connection is up goes to the reader, but must never be unhandled.
  socket.on('error', reject);
  socket.once('close', close);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return promise
    .catch((error: unknown) => {
      socket.destroy();
      throw error;
    })
    .finally(() => {
      socket.off('close', close);
      signal.removeEventListener('abort', abort);
    });
}

/** Closes a stream that opens after the signal was aborted. */
async function closeLate(opening: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const stream = await opening;
  if (signal.aborted) stream.destroy();
  return stream;
}

/** Stops waiting for work that cannot be aborted itself. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
