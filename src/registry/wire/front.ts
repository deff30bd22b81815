import type { IncomingHttpHeaders } from 'node:http';
import { parseOffers } from './www-authenticate.ts';

/** Who is asked. */
export type Server =
  | 'registry'
  /** The registry's own route for tokens, whose refusals hold no code (openshift-facts.md 1.5). */
  | 'token-route'
  /** Another server that gives tokens for the registry, and answers as it likes. */
  | 'realm'
  /** A blob's redirect, where a 403 says nothing about the subject's rights. */
  | 'storage';

/** What of an answer tells whose it is. */
export interface Signs {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first error's. */
  readonly code: string | undefined;
}

const VERSION = 'docker-distribution-api-version';

/** Whether an answer has the header that the registry puts on each of its own, where it puts it on. */
export function isMarked(server: Server, path: string, headers: IncomingHttpHeaders): boolean {
  return isUnmarked(server, path) || headers[VERSION] !== undefined;
}

// The health check stands before what puts the header on (openshift-facts.md 1.1, 1.2).
function isUnmarked(server: Server, path: string): boolean {
  return server === 'realm' || server === 'storage' || path === '/healthz';
}

/**
 * Why an answer below 500 is not the registry's own, though it was asked: a route, a proxy or a page to
 * log in at answers with the same numbers. A 401, 403 or 404 is the registry's with its header and its
 * error code or its challenge; the 405 and the empty 400 come without a code (openshift-facts.md 1.3,
 * 1.6, 1.9). Undefined where it is the registry's, or no answer of the registry was asked for.
 */
export function whyNotOwn(server: Server, path: string, signs: Signs): string | undefined {
  const { status, headers } = signs;
  // So do the limiter of requests and the gate of a storage that is ill.
  if (isUnmarked(server, path) || status === 429 || status >= 500) return undefined;
  if (!isMarked(server, path, headers)) return UNMARKED;
  return saysWhoItIs(server, signs) ? undefined : CODELESS;
}

function saysWhoItIs(server: Server, { status, headers, code = '' }: Signs): boolean {
  const codes = CODES[status];
  if (codes === undefined || codes.test(code)) return true;
  return status === 401 && (server === 'token-route' || isChallenge(headers));
}

const UNMARKED = `a front answered in the registry's place (without the header ${VERSION}): look at the route, proxy or gateway before it, and at the address`;
const CODELESS =
  "without the registry's error code or challenge: a front answered in its place, or it does not serve this path";

// What the registry's API and OpenShift's parts of it say with these (openshift-facts.md 1.3, 1.7-1.9).
const CODES: Readonly<Record<number, RegExp>> = {
  401: /^UNAUTHORIZED$/,
  403: /^DENIED$/,
  404: /^((NAME|MANIFEST|BLOB|MANIFEST_BLOB|BLOB_UPLOAD)_UNKNOWN|BLOB_UPLOAD_INVALID|OPENSHIFT_PULLTHROUGH_MANIFEST)$/,
};

function isChallenge({ 'www-authenticate': header }: IncomingHttpHeaders): boolean {
  return parseOffers([header ?? []].flat().join(', ')).some(
    ({ scheme, params }) =>
      (scheme === 'bearer' && params.has('realm')) ||
      (scheme === 'basic' && params.get('realm') === 'openshift'),
  );
}
