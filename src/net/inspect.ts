import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { checkAsGo, nameOf, oneLine, weakKey } from './certificate.ts';
import { DialError, findAddresses, hostOf, openStream, startTls } from './dial.ts';
import type { Destination } from './dial.ts';
import { checkNames } from './names.ts';
import { chainOf } from './peer-certificate.ts';

/** One certificate of the chain; the server's own comes first. */
export interface CertificateFacts {
  /** In one line, e.g. `CN=image-registry.openshift-image-registry.svc`. */
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339, UTC. */
  readonly notAfter: string;
  /** Whole days left, rounded down; negative once it has expired. */
  readonly daysLeft: number;
}

export interface TlsFacts {
  readonly protocol: string;
  readonly chain: readonly CertificateFacts[];
  readonly hostNameOk: boolean;
  /** Whether all is in order: the name, the time, and a CA that is trusted here. */
  readonly trusted: boolean;
  /** The smallest of the chain's. */
  readonly daysLeft: number;
  /** A key of the chain that is accepted, but short: its certificate and its length, in words. */
  readonly weakKey?: string;
}

export interface ReachStage {
  readonly stage: 'name' | 'tcp' | 'tls';
  readonly ok: boolean;
  readonly durationMs: number;
}

/**
 * How far a connection to a server gets: the stages up to and including the one that failed.
 * Over a stream of bytes (a port-forward) there is no `name`, and `tcp` is the opening of the stream.
 */
export interface Reachability {
  readonly stages: readonly ReachStage[];
  /** All addresses of the name; none over a stream. */
  readonly addresses: readonly string[];
  /** Present even if the certificate is what failed. Absent for http. */
  readonly tls?: TlsFacts;
  /** What went wrong, mostly a `DialError`; absent if all went well. */
  readonly error?: unknown;
}

/**
 * Makes a connection just as a request would, and inspects it. Nothing is sent over it. Throws only
 * the reason of `signal`; `error` holds what went wrong.
 */
export async function inspectConnection(
  to: Destination,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Reachability> {
  signal.throwIfAborted();
  const stages: ReachStage[] = [];
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const found: { addresses: readonly string[]; tls?: TlsFacts } = { addresses: [] };
  try {
    await connectInStages(to, limited, { stages, found });
    return { stages, ...found };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { stages, ...found, error };
  }
}

interface InspectionState {
  readonly stages: ReachStage[];
  readonly found: { addresses: readonly string[]; tls?: TlsFacts };
}

async function connectInStages(
  to: Destination,
  signal: AbortSignal,
  { stages, found }: InspectionState,
): Promise<void> {
  const isStream = typeof to.connect === 'function';
  const addresses = isStream ? [] : await timed('name', stages, () => findAddresses(to, signal));
  found.addresses = addresses.map(({ address }) => address);
  const stream = await timed('tcp', stages, () => openStream(to, addresses, signal));
  try {
    if (to.url.protocol === 'http:') return;
    await timed('tls', stages, async () => {
      const socket = await startTls(to, stream, { signal, strict: false });
      const { facts, error } = examineTls(to, socket);
      found.tls = facts;
      if (error !== undefined) throw error;
    });
  } finally {
    stream.destroy();
  }
}

/**
 * What is known of the certificate of a connection that was made without `strict`. `error` is the error of a
 * strict connection, which is what every request makes.
 */
export function examineTls(
  to: Destination,
  socket: TLSSocket,
): { readonly facts: TlsFacts; readonly error?: DialError } {
  const certificate = socket.getPeerCertificate(true);
  const host = hostOf(to.url);
  const hostNameOk = checkNames(host, certificate) === undefined;
  const facts = factsOf(socket, chainOf(certificate), hostNameOk);
  if (socket.authorized) return { facts };
  const flaw = flawOf(socket) ?? checkAsGo(host, certificate);
  return { facts, error: new DialError('tls', to.url.host, flaw) };
}

async function timed<T>(
  stage: ReachStage['stage'],
  stages: ReachStage[],
  act: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  let ok = false;
  try {
    const value = await act();
    ok = true;
    return value;
  } finally {
    stages.push({ stage, ok, durationMs: performance.now() - start });
  }
}

function factsOf(
  socket: TLSSocket,
  certificates: readonly X509Certificate[],
  hostNameOk: boolean,
): TlsFacts {
  const chain = certificates.map(certificateFacts);
  const weak = weakKey(certificates);
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    chain,
    hostNameOk,
    trusted: socket.authorized,
    daysLeft: Math.min(...chain.map(({ daysLeft }) => daysLeft)),
    ...(weak === undefined ? {} : { weakKey: weak }),
  };
}

const DAY_MS = 86_400_000;

/** What Purser shows of a certificate. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const notAfter = new Date(certificate.validTo);
  return {
    subject: nameOf(certificate),
    issuer: oneLine(certificate.issuer),
    notAfter: notAfter.toISOString(),
    daysLeft: Math.floor((notAfter.getTime() - Date.now()) / DAY_MS),
  };
}

/**
 * The error of OpenSSL that a strict handshake would have thrown; undefined if it accepted the certificate.
 * Without `strict` Node keeps only its code, and for some errors not even that.
 */
function flawOf(socket: TLSSocket): Error | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  const verify: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'verifyError') : undefined;
  const error: unknown = typeof verify === 'function' ? verify.call(handle) : undefined;
  return error instanceof Error ? error : undefined;
}
