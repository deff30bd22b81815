import { drain, measure, readStart } from './wire/body.ts';
import { corrupted, fronted, misconfigured } from './failure.ts';
import type { RegistryOperation } from './failure.ts';
import { checkReference, pathOf } from './wire/names.ts';
import { isLoopback, locate } from './wire/origin.ts';
import type { RegistryResponse } from './wire/response.ts';
import type { RegistryRequest, Caller, Exchange } from './wire/transport.ts';

/** What a blob must be. `size` in bytes. */
export interface BlobRef {
  readonly digest: string;
  readonly size: number;
}

/** A blob as it was read or written. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
}

const MAX_HOPS = 3;

/** The bytes that a peek requests. */
const PEEKED = 64 * 1024;

/**
 * See `RegistrySession.getBlob`. A registry on object storage redirects there (openshift-facts.md 1.7).
 * The redirect is followed without credentials, to https only (or to http on this machine, if the registry
 * is there too). A refusal of the storage is `storage`: it says nothing about the subject's rights.
 */
export async function getBlob(
  caller: Caller,
  repository: string,
  wanted: BlobRef,
  signal: AbortSignal,
): Promise<Blob> {
  return followRedirects(caller, repository, wanted, {
    signal,
    read: (answer, tried) => receive(answer, wanted, tried),
  });
}

/** See `RegistrySession.peekBlob`. */
export async function peekBlob(
  caller: Caller,
  repository: string,
  wanted: BlobRef,
  signal: AbortSignal,
): Promise<{ readonly bytes: number }> {
  const last = Math.min(wanted.size, PEEKED) - 1;
  return followRedirects(caller, repository, wanted, {
    signal,
    headers: { range: `bytes=0-${last}` },
    read: async (answer, tried) => {
      const bytes = await readStart(answer, last + 1);
      if (bytes === last + 1) return { bytes };
      throw corrupted(
        tried,
        `${bytes} bytes in place of the first ${last + 1} that were asked for`,
      );
    },
  });
}

interface BlobRead<T> {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly read: (answer: RegistryResponse, tried: RegistryOperation) => Promise<T>;
}

async function followRedirects<T extends object>(
  caller: Caller,
  repository: string,
  wanted: BlobRef,
  reading: BlobRead<T>,
): Promise<T> {
  const { origin, transport } = caller;
  const tried = pathOf({ method: 'GET', origin }, repository, `blobs/${wanted.digest}`);
  checkReference(wanted.digest, tried);
  let step = await requestBlob(caller.call, { ...reading, tried, path: tried.path, isOwn: true });
  for (let hop = 0; 'url' in step && hop < MAX_HOPS; hop += 1) {
    const { url } = step;
    assertRedirectAllowed(url, tried);
    const there = { method: 'GET', path: url.pathname, origin: url.origin };
    const path = `${url.pathname}${url.search}`;
    // Even at the registry's own origin no credentials follow a redirect.
    step = await transport.elsewhere(url, 'storage', (exchange) =>
      requestBlob(exchange, { ...reading, tried: there, path }),
    );
  }
  if ('read' in step) return step.read;
  throw misconfigured(
    tried,
    `more than ${MAX_HOPS} redirects, the last to ${step.url.origin}`,
    'look at what stands before the registry',
  );
}

interface BlobRequest<T> extends BlobRead<T> {
  readonly tried: RegistryOperation;
  readonly path: string;
  /** Whether the registry itself is asked, which names the blob's digest (openshift-facts.md 1.7). */
  readonly isOwn?: boolean;
}

/** What was read of the blob, or the redirect's address. */
function requestBlob<T>(
  exchange: Exchange,
  { tried, path, headers, read, signal, isOwn }: BlobRequest<T>,
): Promise<{ readonly read: T } | { readonly url: URL }> {
  const expect = [200, 206, 302, 307];
  const ask: RegistryRequest = { method: 'GET', path, expect, signal, isBlob: true };
  return exchange(headers === undefined ? ask : { ...ask, headers }, async (answer) => {
    if (answer.status < 300) {
      if (isOwn === true && answer.headers['docker-content-digest'] === undefined) {
        throw fronted(tried, `${answer.status}, but without Docker-Content-Digest`);
      }
      return { read: await read(answer, tried) };
    }
    await drain(answer);
    return { url: locate(answer.headers.location, tried) };
  });
}

async function receive(
  answer: RegistryResponse,
  wanted: BlobRef,
  tried: RegistryOperation,
): Promise<Blob> {
  const received = await measure(answer, wanted, tried);
  if (received.size !== wanted.size) {
    throw corrupted(
      tried,
      `${received.size} bytes in place of the ${wanted.size} that the blob has`,
    );
  }
  if (received.digest === wanted.digest) return received;
  throw corrupted(tried, `the blob's digest is ${received.digest} in place of ${wanted.digest}`);
}

function assertRedirectAllowed(url: URL, tried: RegistryOperation): void {
  const here = isLoopback(url) && isLoopback(new URL(tried.origin));
  if (url.protocol === 'https:' || (url.protocol === 'http:' && here)) return;
  throw misconfigured(
    tried,
    `the blob is at ${url.protocol}//${url.host}, and Purser follows redirects to https only`,
    "give the registry's storage an https address, or set spec.disableRedirect",
  );
}
