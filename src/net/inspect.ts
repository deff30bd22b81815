import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { NO_NAMES } from '../domain/wire/certificate-flaw.ts';
import { checkNames, tooWeak, weakKey } from './certificate.ts';
import { DialError, findAddresses, hostOf, openStream, startTls } from './dial.ts';
import type { Destination } from './dial.ts';

/** One certificate of the chain, the server's own first. */
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
  /** A key of the chain that is taken, but short: whose and how long, in words. */
  readonly weakKey?: string;
}

export interface ReachStage {
  readonly stage: 'name' | 'tcp' | 'tls';
  readonly ok: boolean;
  readonly durationMs: number;
}

/**
 * How far one gets on the way to a server: the stages up to and including the one that failed.
 * Over a stream of bytes (a port-forward) there is no `name`, and `tcp` is the opening of the stream.
 */
export interface Reach {
  readonly stages: readonly ReachStage[];
  /** All addresses of the name; none over a stream. */
  readonly addresses: readonly string[];
  /** There too where the certificate is what failed. Absent for http. */
  readonly tls?: TlsFacts;
  /** What went wrong, mostly a `DialError`; absent where all went well. */
  readonly error?: unknown;
}

/**
 * Makes a connection just as a request would, and looks at it. Nothing is sent over it. Throws only
 * the reason of `signal`; what goes wrong is told in `error`.
 */
export async function inspect(
  to: Destination,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Reach> {
  signal.throwIfAborted();
  const stages: ReachStage[] = [];
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const found: { addresses: readonly string[]; tls?: TlsFacts } = { addresses: [] };
  try {
    await walk(to, limited, { stages, found });
    return { stages, ...found };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { stages, ...found, error };
  }
}

interface Notes {
  readonly stages: ReachStage[];
  readonly found: { addresses: readonly string[]; tls?: TlsFacts };
}

async function walk(to: Destination, signal: AbortSignal, { stages, found }: Notes): Promise<void> {
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
 * What a connection that was made without `strict` shows of its certificate; `error` is what a
 * strict one, as every request makes it, would have failed with.
 */
export function examineTls(
  to: Destination,
  socket: TLSSocket,
): { readonly facts: TlsFacts; readonly error?: DialError } {
  const misnamed = checkNames(hostOf(to.url), socket.getPeerCertificate());
  const chain = chainOf(socket.getPeerCertificate(true));
  const facts = factsOf(socket, chain, misnamed === undefined);
  if (socket.authorized) return { facts };
  return { facts, error: new DialError('tls', to.url.host, flawOf(socket, chain, misnamed)) };
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

/** What the server sent, completed by what is trusted here. A root is its own issuer: the end. */
function chainOf(certificate: DetailedPeerCertificate | undefined): readonly X509Certificate[] {
  if (certificate?.raw === undefined) return [];
  const { raw, issuerCertificate } = certificate;
  const isRoot = issuerCertificate?.fingerprint256 === certificate.fingerprint256;
  return [new X509Certificate(raw), ...(isRoot ? [] : chainOf(issuerCertificate))];
}

const DAY_MS = 86_400_000;

/** What is of interest in a certificate. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const notAfter = new Date(certificate.validTo);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notAfter: notAfter.toISOString(),
    daysLeft: Math.floor((notAfter.getTime() - Date.now()) / DAY_MS),
  };
}

function oneLine(name: string): string {
  return name.split('\n').join(', ');
}

/** The error that a strict handshake would have thrown. Node keeps only its code, as a string. */
function flawOf(
  socket: TLSSocket,
  chain: readonly X509Certificate[],
  misnamed: Error | undefined,
): Error {
  const flaw: unknown = socket.authorizationError;
  const code = flaw instanceof Error ? flaw.message : String(flaw);
  const isName = code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === NO_NAMES;
  if (isName && misnamed !== undefined) return misnamed;
  const weak = code === 'UNSPECIFIED' ? chain.map(tooWeak).find(Boolean) : undefined;
  return Object.assign(new Error(weak ?? code), { code });
}
