import { drain, measure } from './wire/body.ts';
import { corrupted, misconfigured } from './failure.ts';
import type { Tried } from './failure.ts';
import { checkReference, pathOf } from './wire/names.ts';
import { isLoopback, locate } from './wire/origin.ts';
import type { Answer, Ask, Caller, Exchange } from './wire/transport.ts';

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

/**
 * See `Session.getBlob`. A registry on object storage sends the reader there (openshift-facts.md 1.7):
 * followed without credentials, to https only (on this machine http too, if the registry is there).
 * What the storage refuses is `storage`: it says nothing about the subject's rights.
 */
export async function getBlob(
  caller: Caller,
  repository: string,
  wanted: BlobRef,
  signal: AbortSignal,
): Promise<Blob> {
  const { origin, transport } = caller;
  const tried = pathOf({ method: 'GET', origin }, repository, `blobs/${wanted.digest}`);
  checkReference(wanted.digest, tried);
  let step = await visit(caller.call, { tried, path: tried.path, wanted, signal });
  for (let hop = 0; 'url' in step && hop < MAX_HOPS; hop += 1) {
    const { url } = step;
    checkHop(url, tried);
    const there = { method: 'GET', path: url.pathname, origin: url.origin };
    const path = `${url.pathname}${url.search}`;
    // Even at the registry's own origin no credentials follow a redirect.
    step = await transport.elsewhere(url, 'storage', (exchange) =>
      visit(exchange, { tried: there, path, wanted, signal }),
    );
  }
  if ('digest' in step) return step;
  throw misconfigured(
    tried,
    `more than ${MAX_HOPS} redirects, the last to ${step.url.origin}`,
    'look at what stands before the registry',
  );
}

interface Visit {
  readonly tried: Tried;
  readonly path: string;
  readonly wanted: BlobRef;
  readonly signal: AbortSignal;
}

/** The blob, or where it is said to be. */
function visit(
  exchange: Exchange,
  { tried, path, wanted, signal }: Visit,
): Promise<Blob | { readonly url: URL }> {
  const ask: Ask = { method: 'GET', path, expect: [200, 302, 307], signal, isBlob: true };
  return exchange(ask, async (answer) => {
    if (answer.status === 200) return receive(answer, wanted, tried);
    await drain(answer);
    return { url: locate(answer.headers.location, tried) };
  });
}

async function receive(answer: Answer, wanted: BlobRef, tried: Tried): Promise<Blob> {
  const came = await measure(answer, wanted, tried);
  if (came.size !== wanted.size) {
    throw corrupted(tried, `${came.size} bytes in place of the ${wanted.size} that the blob has`);
  }
  if (came.digest === wanted.digest) return came;
  throw corrupted(tried, `the blob's digest is ${came.digest} in place of ${wanted.digest}`);
}

function checkHop(url: URL, tried: Tried): void {
  const here = isLoopback(url) && isLoopback(new URL(tried.origin));
  if (url.protocol === 'https:' || (url.protocol === 'http:' && here)) return;
  throw misconfigured(
    tried,
    `the blob is said to be at ${url.protocol}//${url.host}, and Purser follows to https only`,
    "give the registry's storage an https address, or set spec.disableRedirect",
  );
}
