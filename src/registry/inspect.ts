import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { DialError, findAddresses, hostOf, openStream, startTls } from './wire/dial.ts';
import type { Destination } from './wire/dial.ts';
import type { RegistryFailure, Tried } from './failure.ts';
import { fromSilence } from './wire/no-answer.ts';
import { drain } from './wire/body.ts';
import type { Transport } from './wire/transport.ts';

/** One certificate of the chain, the registry's own first. */
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
}

export interface ReachStage {
  readonly stage: 'name' | 'tcp' | 'tls';
  readonly ok: boolean;
  readonly durationMs: number;
}

/**
 * How far one gets on the way to the registry: the stages up to and including the one that failed.
 * Over a stream of bytes (a port-forward) there is no `name`, and `tcp` is the opening of the stream.
 */
export interface Reach {
  readonly stages: readonly ReachStage[];
  /** All addresses of the name; none over a stream. */
  readonly addresses: readonly string[];
  /** There too where the certificate is what failed. Absent for http. */
  readonly tls?: TlsFacts;
  /** Absent where all went well. */
  readonly failure?: RegistryFailure;
}

/**
 * Makes a connection just as a request would, and looks at it. Nothing is sent over it. Throws only
 * the reason of `signal`; what goes wrong is told in `failure`.
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
    const tried: Tried = { method: 'CONNECT', path: '/', origin: to.url.origin };
    return { stages, ...found, failure: fromSilence(tried, error) };
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
      const misnamed = checkServerIdentity(hostOf(to.url), socket.getPeerCertificate());
      found.tls = factsOf(socket, misnamed === undefined);
      // Where a strict connection, as every request makes it, would have failed.
      if (!socket.authorized) throw new DialError('tls', to.url.host, flawOf(socket, misnamed));
    });
  } finally {
    stream.destroy();
  }
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

function factsOf(socket: TLSSocket, hostNameOk: boolean): TlsFacts {
  const chain = chainOf(socket.getPeerCertificate(true)).map(certificateFacts);
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    chain,
    hostNameOk,
    trusted: socket.authorized,
    daysLeft: Math.min(...chain.map(({ daysLeft }) => daysLeft)),
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

function certificateFacts(certificate: X509Certificate): CertificateFacts {
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
function flawOf(socket: TLSSocket, misnamed: Error | undefined): Error {
  const flaw: unknown = socket.authorizationError;
  const code = flaw instanceof Error ? flaw.message : String(flaw);
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' && misnamed !== undefined
    ? misnamed
    : Object.assign(new Error(code), { code });
}

/**
 * See `Registry.healthz`. It and a router's own 503 come without Docker-Distribution-API-Version: only
 * what the body says tells an ill storage from a registry without a ready pod (openshift-facts.md 1.2).
 */
export function askHealth(transport: Transport, signal: AbortSignal): Promise<void> {
  return transport.exchange({ method: 'GET', path: '/healthz', expect: [200], signal }, drain);
}
