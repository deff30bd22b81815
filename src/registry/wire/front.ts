import type { IncomingHttpHeaders } from 'node:http';
import { parseAuthChallenges } from './www-authenticate.ts';
import type { AuthChallenge } from './www-authenticate.ts';

/** The server that is asked. */
export type Server =
  | 'registry'
  /** The registry's own route for tokens, whose refusals hold no code (openshift-facts.md 1.5). */
  | 'token-route'
  /** Another server that gives tokens for the registry, and has errors of its own. */
  | 'realm'
  /** The target of a blob's redirect, whose 403 says nothing about the subject's rights. */
  | 'storage';

/** The parts of a request that decide which server must answer it. */
export interface ExpectedResponder {
  readonly server: Server;
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  /** Whether it carried credentials. */
  readonly isAuthorized: boolean;
  /** Whether these were a token; the registry answers a token with no challenge but its own. */
  readonly isBearer: boolean;
}

/** The parts of an answer that show which server sent it. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

const VERSION = 'docker-distribution-api-version';

/** Whether an answer has the header that the registry's app puts on every answer. */
export function isMarked(headers: IncomingHttpHeaders): boolean {
  return /\bregistry\/2\.0\b/.test([headers[VERSION] ?? ''].flat().join());
}

/**
 * Why an answer is not the registry's own, as far as its head shows. A route, a proxy or a login page answers
 * with the same status codes. Undefined if it may be the registry's, or if the request was not for the
 * registry's app.
 */
export function whyForeignHead(request: ExpectedResponder, head: ResponseHead): string | undefined {
  // The request limiter and the check of a broken storage come before the app (openshift-facts.md 1.1).
  // A 511 is of a portal that wants a login to the network (RFC 6585), and never of a registry.
  if (head.status === 511) return PORTAL;
  if (head.status === 429 || head.status >= 500) return undefined;
  if (!isForApp(request)) return whyForeignOutsideApp(request, head);
  return isMarked(head.headers) ? whyForeignDespiteHeader(request, head) : UNMARKED;
}

// For answers with the header, which a proxy may put on its own answers too.
function whyForeignDespiteHeader(
  request: ExpectedResponder,
  head: ResponseHead,
): string | undefined {
  if (isPage(head)) return PAGE;
  if (request.isBearer && asksForPassword(head)) return PASSWORD;
  return request.isAuthorized && asksForCredentials(head) ? DROPPED : undefined;
}

// The health check also comes before the app (openshift-facts.md 1.2).
function isForApp({ server, path }: ExpectedResponder): boolean {
  return (server === 'registry' || server === 'token-route') && path !== '/healthz';
}

function whyForeignOutsideApp(
  { server }: ExpectedResponder,
  { status }: ResponseHead,
): string | undefined {
  if (server === 'storage' || status === 200) return undefined;
  if (server === 'realm') return status === 401 ? undefined : REALM;
  return UNMARKED;
}

/**
 * The same for a whole unexpected answer. A 401, 403 or 404 of the registry has its header and its error code
 * or challenge. Only a blob is redirected. The 405 and the empty 400 come without a code
 * (openshift-facts.md 1.3, 1.6, 1.9). `code` is the first error's. `isBare`: the body holds no errors, and
 * nothing but `details`.
 */
export function whyForeign(
  request: ExpectedResponder,
  answer: ResponseHead & ErrorBodyFacts,
): string | undefined {
  const why = whyForeignHead(request, answer);
  return why === undefined && isForApp(request) ? whyForeignBody(request, answer) : why;
}

/** The parts of an answer's body that show which server sent it. */
interface ErrorBodyFacts {
  readonly code: string | undefined;
  readonly isBare: boolean;
}

function whyForeignBody(
  request: ExpectedResponder,
  answer: ResponseHead & ErrorBodyFacts,
): string | undefined {
  const { status, code = '', isBare } = answer;
  if (isRedirect(status)) return REDIRECT;
  if (status < 500 && !STATUSES.has(status)) return ODD;
  // The token route sends a bare 401 (openshift-facts.md 1.5).
  if (request.server === 'token-route' && status === 401) return isBare ? undefined : CODELESS;
  return isOwnCode(request, status, code) || isAccessDenied(answer) ? undefined : CODELESS;
}

const CHECK_FRONT = 'look at the route, proxy or gateway before it, and at the address';
const FRONT = "a front answered in the registry's place";
const UNMARKED = `${FRONT} (without the header ${VERSION}): ${CHECK_FRONT}`;
const PAGE = `${FRONT} (with a page): ${CHECK_FRONT}`;
const REDIRECT = `${FRONT} (with a redirect; Purser follows that of a blob only): ${CHECK_FRONT}`;
const ODD = `${FRONT} (with a status that the registry never sends here): ${CHECK_FRONT}`;
const PORTAL = `${FRONT} (it wants a login to the network): ${CHECK_FRONT}`;
const PASSWORD = `${FRONT} (it asks for a password of its own): ${CHECK_FRONT}`;
const DROPPED = `a front removed the credentials: the registry asks for some although they were sent; ${CHECK_FRONT}`;
const CODELESS =
  "without the registry's error code or challenge: a front answered in its place, or it does not serve this path";
const REALM = 'this is the token server (registry.realm), and not the registry: look at it';

/** The statuses below 500 with which the registry's app refuses. */
const STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 416, 429]);

/**
 * Whether the registry's API, or OpenShift's part of it, sends this code with this status to this request
 * (openshift-facts.md 1.3, 1.7-1.9). A 403 comes only to a manifest's PUT, a 404 only about what was asked for.
 * With other statuses any code may come.
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

// The registry itself sends HTML with redirects only.
function isPage({ status, headers }: ResponseHead): boolean {
  return (
    !isRedirect(status) && /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '')
  );
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

// A registry asks for credentials only if a request had none. It answers a refused token with an error:
// OpenShift's registry with Basic (openshift-facts.md 1.3), others with Bearer and its `error`.
function asksForCredentials({ status, headers }: ResponseHead): boolean {
  const asks = challengesOf(headers).some(
    ({ scheme, params }) => scheme === 'bearer' && !params.has('error'),
  );
  return status === 401 && asks;
}

function isAccessDenied({ status, headers }: ResponseHead): boolean {
  return status === 401 && challengesOf(headers).some(isOwnBasic);
}

// A proxy that wants a password, or another registry (Nexus), names a realm of its own.
function asksForPassword({ status, headers }: ResponseHead): boolean {
  const challenges = challengesOf(headers);
  if (status !== 401 || challenges.length === 0 || challenges.some(isOwnBasic)) return false;
  return !challenges.some(({ scheme }) => scheme === 'bearer');
}

function isOwnBasic({ scheme, params }: AuthChallenge): boolean {
  return scheme === 'basic' && params.get('realm') === 'openshift';
}

function challengesOf({ 'www-authenticate': header }: IncomingHttpHeaders) {
  return parseAuthChallenges([header ?? []].flat().join(', '));
}
