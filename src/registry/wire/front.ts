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

/** What of a request decides whose its answer must be. */
export interface Question {
  readonly server: Server;
  /** The path without its query. */
  readonly path: string;
  /** Whether it carried credentials. */
  readonly isAuthorized: boolean;
}

/** What of an answer tells whose it is. */
export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

const VERSION = 'docker-distribution-api-version';

/** Whether an answer has the header that the registry's app puts on each of its own. */
export function isMarked(headers: IncomingHttpHeaders): boolean {
  return headers[VERSION] !== undefined;
}

/**
 * Why an answer is not the registry's own, though it was asked, as far as its head tells: a route, a
 * proxy or a page to log in at answers with the same numbers. Undefined where it may be the registry's, and where
 * no answer of the registry's app was asked for.
 */
export function whyForeignHead(question: Question, head: Head): string | undefined {
  // The limiter of requests and the gate of a storage that is ill stand before the app (openshift-facts.md 1.1).
  if (head.status === 429 || head.status >= 500) return undefined;
  if (!asksApp(question)) return whyOther(question, head);
  if (!isMarked(head.headers)) return UNMARKED;
  if (isPage(head)) return PAGE;
  return question.isAuthorized && asksForCredentials(head) ? DROPPED : undefined;
}

// So does the health check (openshift-facts.md 1.2).
function asksApp({ server, path }: Question): boolean {
  return (server === 'registry' || server === 'token-route') && path !== '/healthz';
}

function whyOther({ server }: Question, { status }: Head): string | undefined {
  if (server === 'storage' || status === 200) return undefined;
  if (server === 'realm') return status === 401 ? undefined : REALM;
  return UNMARKED;
}

/**
 * The same of a whole answer that was not wanted: a 401, 403 or 404 is the registry's with its header and
 * its error code or its challenge, and a redirect is that of a blob only; the 405 and the empty 400 come without a code
 * (openshift-facts.md 1.3, 1.6, 1.9). `code` is the first error's.
 */
export function whyForeign(
  question: Question,
  { status, headers, code = '' }: Head & { readonly code: string | undefined },
): string | undefined {
  const head = { status, headers };
  const why = whyForeignHead(question, head);
  if (why !== undefined || !asksApp(question)) return why;
  if (isRedirect(status)) return REDIRECT;
  const isOwn = CODES[status]?.test(code) ?? true;
  return isOwn || isAccessDenied(question.server, head) ? undefined : CODELESS;
}

const LOOK = 'look at the route, proxy or gateway before it, and at the address';
const FRONT = "a front answered in the registry's place";
const UNMARKED = `${FRONT} (without the header ${VERSION}): ${LOOK}`;
const PAGE = `${FRONT} (with a page): ${LOOK}`;
const REDIRECT = `${FRONT} (with a redirect; Purser follows that of a blob only): ${LOOK}`;
const DROPPED = `a front took the credentials away: the registry asks for some although they were sent; ${LOOK}`;
const CODELESS =
  "without the registry's error code or challenge: a front answered in its place, or it does not serve this path";
const REALM = 'this is the token server (registry.realm), and no word of the registry: look at it';

// What the registry's API and OpenShift's parts of it say with these (openshift-facts.md 1.3, 1.7-1.9).
const CODES: Readonly<Record<number, RegExp>> = {
  401: /^UNAUTHORIZED$/,
  403: /^DENIED$/,
  404: /^((NAME|MANIFEST|BLOB|MANIFEST_BLOB|BLOB_UPLOAD)_UNKNOWN|BLOB_UPLOAD_INVALID|OPENSHIFT_PULLTHROUGH_MANIFEST)$/,
};

// Of its own it sends HTML with redirects only.
function isPage({ status, headers }: Head): boolean {
  return !isRedirect(status) && headers['content-type']?.startsWith('text/html') === true;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

// Only who came without credentials is asked for some; a token that is refused is called an error, by
// OpenShift's registry with Basic (openshift-facts.md 1.3), by others with Bearer and its `error`.
function asksForCredentials({ status, headers }: Head): boolean {
  const asks = offersOf(headers).some(
    ({ scheme, params }) => scheme === 'bearer' && !params.has('error'),
  );
  return status === 401 && asks;
}

// The token route says no more than 401 (openshift-facts.md 1.5).
function isAccessDenied(server: Server, { status, headers }: Head): boolean {
  const isChallenge = offersOf(headers).some(
    ({ scheme, params }) => scheme === 'basic' && params.get('realm') === 'openshift',
  );
  return status === 401 && (server === 'token-route' || isChallenge);
}

function offersOf({ 'www-authenticate': header }: IncomingHttpHeaders) {
  return parseOffers([header ?? []].flat().join(', '));
}
