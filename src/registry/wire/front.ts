import type { IncomingHttpHeaders } from 'node:http';
import { parseOffers } from './www-authenticate.ts';
import type { Offer } from './www-authenticate.ts';

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
export interface ExpectedResponder {
  readonly server: Server;
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  /** Whether it carried credentials. */
  readonly isAuthorized: boolean;
  /** Whether these were a token, which the registry answers with no other challenge than its own. */
  readonly isBearer: boolean;
}

/** What of an answer tells whose it is. */
export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

const VERSION = 'docker-distribution-api-version';

/** Whether an answer has the header that the registry's app puts on each of its own. */
export function isMarked(headers: IncomingHttpHeaders): boolean {
  return /\bregistry\/2\.0\b/.test([headers[VERSION] ?? ''].flat().join());
}

/**
 * Why an answer is not the registry's own, though it was asked, as far as its head tells: a route, a
 * proxy or a page to log in at answers with the same numbers. Undefined where it may be the registry's, and where
 * no answer of the registry's app was asked for.
 */
export function whyForeignHead(question: ExpectedResponder, head: Head): string | undefined {
  // The limiter of requests and the gate of a storage that is ill stand before the app (openshift-facts.md 1.1).
  // A 511 is of who wants a login to the network (RFC 6585), and never of a registry.
  if (head.status === 511) return PORTAL;
  if (head.status === 429 || head.status >= 500) return undefined;
  if (!asksApp(question)) return whyOther(question, head);
  return isMarked(head.headers) ? whyOdd(question, head) : UNMARKED;
}

// With the header, which a proxy may put on its own answers, too.
function whyOdd(question: ExpectedResponder, head: Head): string | undefined {
  if (isPage(head)) return PAGE;
  if (question.isBearer && asksForPassword(head)) return PASSWORD;
  return question.isAuthorized && asksForCredentials(head) ? DROPPED : undefined;
}

// So does the health check (openshift-facts.md 1.2).
function asksApp({ server, path }: ExpectedResponder): boolean {
  return (server === 'registry' || server === 'token-route') && path !== '/healthz';
}

function whyOther({ server }: ExpectedResponder, { status }: Head): string | undefined {
  if (server === 'storage' || status === 200) return undefined;
  if (server === 'realm') return status === 401 ? undefined : REALM;
  return UNMARKED;
}

/**
 * The same of a whole answer that was not wanted: a 401, 403 or 404 is the registry's with its header and
 * its error code or its challenge, and a redirect is that of a blob only; the 405 and the empty 400 come without a code
 * (openshift-facts.md 1.3, 1.6, 1.9). `code` is the first error's; `isBare`: there are no errors, and no more
 * than `details` in the body.
 */
export function whyForeign(question: ExpectedResponder, answer: Head & Said): string | undefined {
  const why = whyForeignHead(question, answer);
  return why === undefined && asksApp(question) ? whyNotSaid(question, answer) : why;
}

/** What of a whole answer's body tells whose it is. */
interface Said {
  readonly code: string | undefined;
  readonly isBare: boolean;
}

function whyNotSaid(question: ExpectedResponder, answer: Head & Said): string | undefined {
  const { status, code = '', isBare } = answer;
  if (isRedirect(status)) return REDIRECT;
  if (status < 500 && !STATUSES.has(status)) return ODD;
  // The token route says no more than 401 (openshift-facts.md 1.5).
  if (question.server === 'token-route' && status === 401) return isBare ? undefined : CODELESS;
  return isOwnCode(question, status, code) || isAccessDenied(answer) ? undefined : CODELESS;
}

const LOOK = 'look at the route, proxy or gateway before it, and at the address';
const FRONT = "a front answered in the registry's place";
const UNMARKED = `${FRONT} (without the header ${VERSION}): ${LOOK}`;
const PAGE = `${FRONT} (with a page): ${LOOK}`;
const REDIRECT = `${FRONT} (with a redirect; Purser follows that of a blob only): ${LOOK}`;
const ODD = `${FRONT} (with a status that the registry gives to nobody here): ${LOOK}`;
const PORTAL = `${FRONT} (it wants a login to the network): ${LOOK}`;
const PASSWORD = `${FRONT} (it asks for a password of its own): ${LOOK}`;
const DROPPED = `a front took the credentials away: the registry asks for some although they were sent; ${LOOK}`;
const CODELESS =
  "without the registry's error code or challenge: a front answered in its place, or it does not serve this path";
const REALM = 'this is the token server (registry.realm), and no word of the registry: look at it';

/** Those below 500 that the registry's app refuses with. */
const STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 416, 429]);

/**
 * Whether the registry's API, or OpenShift's part of it, says this code with this number to this question
 * (openshift-facts.md 1.3, 1.7-1.9): a 403 only to what is put last, a 404 of what was asked for only. Of other
 * numbers any may.
 */
function isOwnCode({ method, path }: ExpectedResponder, status: number, code: string): boolean {
  if (status === 401) return code === 'UNAUTHORIZED';
  if (status === 403) return code === 'DENIED' && method === 'PUT';
  return status !== 404 || (NOT_FOUND.find(([end]) => end.test(path))?.[1].test(code) ?? false);
}

// By the end of the path: a project or an image stream may be called `manifests` or `blobs`.
const NOT_FOUND: readonly (readonly [end: RegExp, codes: RegExp])[] = [
  [
    /\/manifests\/[^/]+$/,
    /^((NAME|MANIFEST|MANIFEST_BLOB)_UNKNOWN|OPENSHIFT_PULLTHROUGH_MANIFEST)$/,
  ],
  [/\/blobs\/uploads\/[^/]*$/, /^BLOB_UPLOAD_(UNKNOWN|INVALID)$/],
  [/\/blobs\/[^/]+$/, /^(NAME|BLOB)_UNKNOWN$/],
  [/\/tags\/list$/, /^NAME_UNKNOWN$/],
];

// Of its own it sends HTML with redirects only.
function isPage({ status, headers }: Head): boolean {
  return (
    !isRedirect(status) && /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '')
  );
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

function isAccessDenied({ status, headers }: Head): boolean {
  return status === 401 && offersOf(headers).some(isOwnBasic);
}

// A proxy that wants a password, or another registry (Nexus), asks in a realm of its own.
function asksForPassword({ status, headers }: Head): boolean {
  const offers = offersOf(headers);
  if (status !== 401 || offers.length === 0 || offers.some(isOwnBasic)) return false;
  return !offers.some(({ scheme }) => scheme === 'bearer');
}

function isOwnBasic({ scheme, params }: Offer): boolean {
  return scheme === 'basic' && params.get('realm') === 'openshift';
}

function offersOf({ 'www-authenticate': header }: IncomingHttpHeaders) {
  return parseOffers([header ?? []].flat().join(', '));
}
