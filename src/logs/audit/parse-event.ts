import { claimOf } from '../purser-claim.ts';
import { withoutInnerTimes } from '../stream/time.ts';
import { createFieldReader, unquote } from './logfmt.ts';
import { messageOf } from './message.ts';
import type { AuditMessage } from './message.ts';

/**
 * The action in one line of the log. `ask` is a HEAD of a manifest. `…-list` is about a manifest that names
 * others, one for each platform. `pull-layers` are blobs. `claim` is a login under a name that only the
 * client gave, because the registry logs no name there. `refused-…` was not allowed. `refused-claim` is a
 * token that the registry rejected, under a name that the client gave.
 */
export const AUDIT_ACTIONS = [
  'ask',
  'ask-list',
  'pull',
  'pull-list',
  'pull-layers',
  'push',
  'push-list',
  'delete',
  'login',
  'claim',
  'refused-pull',
  'refused-push',
  'refused-delete',
  'refused-login',
  'refused-claim',
  'refused-other',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Whether a client could do this without an account: then any number of times, and under any name. */
export function isUnauthenticated(action: AuditAction, user: string): boolean {
  return action === 'claim' || action === 'refused-claim' || !isNamedUser(user);
}

/**
 * `at` is the registry's own time, in milliseconds since the epoch. A value that the line does not hold is
 * ''. A text has at most 512 characters, and `[CUT]` after them: a client may send a name of a megabyte.
 */
export interface AuditEvent {
  readonly action: AuditAction;
  readonly at: number;
  /** The time of the last request: later than `at` if several requests were added up. */
  readonly last: number;
  /** How many requests were added up. */
  readonly requests: number;
  /** Bytes of the manifest in the answer, also for a HEAD; -1 if the line does not say. */
  readonly size: number;
  readonly user: string;
  /** `namespace/name`. */
  readonly repository: string;
  /** A tag or a digest. If something else was refused: the requested path. */
  readonly reference: string;
  /** The client's address without its port, as the registry logs it: sometimes that of a router. */
  readonly address: string;
  /** The claim in its User-Agent to be Purser: see {@link claimOf}. */
  readonly claim: string;
}

/**
 * Reads a line of the registry's log, from its `time=` on. Undefined for the many lines without an event,
 * and for lines that repeat another one. The access line (`msg=response`) counts for logins only: it names
 * no user, and it has an id of its own, so it can't be joined to the line that names one.
 */
export function parseAuditEvent(given: Buffer): AuditEvent | undefined {
  const message = messageOf(given);
  if (message === undefined) return undefined;
  const line = withoutInnerTimes(given);
  if (message === 'access' && !line.includes(TOKEN_ROUTE)) return undefined;
  // Most lines that reach this point are about uploads and about requests for blobs.
  read(line, spans, URI);
  if (message === 'failed' && textAt(line, CODE) !== DENIED) return undefined;
  if (!mayMatter(message, textAt(line, METHOD), textAt(line, URI))) return undefined;
  read(line, spans);
  current = line;
  const parsed = READERS[message](lineFields);
  const at = Date.parse(lineFields.time);
  if (parsed === undefined || Number.isNaN(at)) return undefined;
  return { at, last: at, ...NOTHING, ...parsed, ...textsOf(parsed, lineFields) };
}

function textsOf({ user, repository = '', reference = '' }: ParsedFields, fields: Fields) {
  return {
    user: short(user ?? fields.user),
    repository: short(repository),
    reference: short(reference),
    address: short(withoutPort(fields.address)),
    claim: claimOf(fields.agent),
  };
}

const NOTHING = { requests: 1, size: -1 } as const;

const TEXT_AT_MOST = 512;
const CUT = '[CUT]';

// Not within a character.
function short(text: string): string {
  if (text.length <= TEXT_AT_MOST) return text;
  return `${text.slice(0, TEXT_AT_MOST).replace(/[\ud800-\udbff]$/, '')}${CUT}`;
}

// Their numbers, for the reader of fields.
const [TIME, TEXT, CODE, SENT, METHOD, ADDRESS, URI, AGENT, TYPE, STATUS, WRITTEN, USER] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
] as const;
const NAMES: readonly string[] = [
  'time',
  'msg',
  'err.code',
  'http.request.contenttype',
  'http.request.method',
  'http.request.remoteaddr',
  'http.request.uri',
  'http.request.useragent',
  'http.response.contenttype',
  'http.response.status',
  'http.response.written',
  'openshift.auth.user',
];
const read = createFieldReader(NAMES);
const spans = new Int32Array(2 * NAMES.length);

function textAt(line: Buffer, field: number): string {
  const start = spans[2 * field] ?? -1;
  return start === -1 ? '' : unquote(line.toString('utf8', start, spans[2 * field + 1]));
}

// The fields of the current line. Each is read on demand: most lines need only a few.
const lineFields = {
  get time() {
    return textAt(current, TIME);
  },
  get text() {
    return textAt(current, TEXT);
  },
  get method() {
    return textAt(current, METHOD);
  },
  get address() {
    return textAt(current, ADDRESS);
  },
  get uri() {
    return textAt(current, URI);
  },
  get agent() {
    return textAt(current, AGENT);
  },
  /** The type of the request's body, as in a push; `type` is that of the answer. */
  get sent() {
    return textAt(current, SENT);
  },
  get type() {
    return textAt(current, TYPE);
  },
  get status() {
    return textAt(current, STATUS);
  },
  get written() {
    return textAt(current, WRITTEN);
  },
  /** A name at the end of a line was cut off, and could be the beginning of another user's name. */
  get user() {
    return spans[2 * USER + 1] === current.length ? '' : textAt(current, USER);
  },
};
let current: Buffer = Buffer.alloc(0);
type Fields = Readonly<typeof lineFields>;

const TOKEN_ROUTE = '/openshift/token';
// A push into a stream that may not be made, into no namespace, or over the quota (openshift-facts.md 1.8, 11.1).
const DENIED = 'denied';

// A path may be written with escapes, so that a search for the plain words misses it.
function mayMatter(message: AuditMessage, method: string, uri: string): boolean {
  if (message === 'access') return pathOf(uri) === TOKEN_ROUTE;
  if (message !== 'completed' || method === 'DELETE' || uri.includes('%')) return true;
  if (method === 'GET' && uri.includes('/blobs/')) return true;
  return uri.includes('/manifests/') || pathOf(uri) === '/v2/';
}

type ParsedFields = Pick<AuditEvent, 'action'> & Partial<AuditEvent>;

const READERS: Readonly<Record<AuditMessage, (fields: Fields) => ParsedFields | undefined>> = {
  completed: (fields) => (DONE.test(fields.status) ? completed(fields) : undefined),
  failed: refused,
  denied: refused,
  // An API without an answer has refused nothing.
  'client-error': (fields) =>
    fields.user !== '' && fields.text.includes(' is forbidden') ? refused(fields) : undefined,
  'self-review': selfReview,
  access: tokenAsked,
};

// 206 is a part of a blob, 307 a redirect to object storage.
const DONE = /^(?:20[0-46]|307)$/;
const MANIFEST = /^\/v2\/(.+)\/manifests\/([^/]+)$/;
const REPOSITORY = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//;
const BLOB = /\/blobs\/[^/]+$/;
const LIST = /^application\/vnd\.(docker\.distribution\.manifest\.list|oci\.image\.index)\./;

function completed(fields: Fields): ParsedFields | undefined {
  const { method } = fields;
  const path = pathOf(fields.uri);
  if (path === '/v2/') {
    return method === 'GET' && isNamedUser(fields.user) ? { action: 'login' } : undefined;
  }
  if (BLOB.test(path)) return blob(method, path);
  const [, repository, reference] = MANIFEST.exec(path) ?? [];
  if (repository === undefined || reference === undefined) return undefined;
  const action = actionOf(fields, reference);
  const size = fields.written === '' ? -1 : Number(fields.written);
  return action && { action, repository, reference, size };
}

// A layer's digest is of no use to a reader, and a pull or a pruner has thousands.
function blob(method: string, path: string): ParsedFields | undefined {
  if (method === 'DELETE') return { action: 'delete', ...inRepository(path) };
  if (method !== 'GET' || !path.startsWith('/v2/')) return undefined;
  return {
    action: 'pull-layers',
    repository: path.slice('/v2/'.length, path.lastIndexOf('/blobs/')),
  };
}

function actionOf({ method, type, sent }: Fields, reference: string): AuditAction | undefined {
  if (method === 'GET') return LIST.test(type) ? 'pull-list' : 'pull';
  if (method === 'HEAD') return LIST.test(type) ? 'ask-list' : 'ask';
  // Without a type it may be a list.
  if (method === 'PUT') return sent === '' || LIST.test(sent) ? 'push-list' : 'push';
  // The registry answers 202 to a DELETE by tag and does nothing.
  return method === 'DELETE' && reference.includes(':') ? 'delete' : undefined;
}

function isNamedUser(user: string): boolean {
  return user !== '' && user !== 'anonymous' && user !== 'system:anonymous';
}

function inRepository(path: string): { readonly repository: string } {
  return { repository: REPOSITORY.exec(path)?.[1] ?? '' };
}

function refused({ method, uri }: Fields): ParsedFields {
  const path = pathOf(uri);
  if (path === '/v2/') return { action: 'refused-login' };
  const { repository } = inRepository(path);
  if (repository === '') return { action: 'refused-other', reference: path };
  const reference = MANIFEST.exec(path)?.[2] ?? '';
  return { action: `refused-${refusedAction(method, path)}`, repository, reference };
}

function refusedAction(method: string, path: string): 'pull' | 'push' | 'delete' {
  if (method === 'GET' || method === 'HEAD') return 'pull';
  return method === 'DELETE' && !path.includes('/blobs/uploads/') ? 'delete' : 'push';
}

// A rejected token. Without a uri the line is from the token route, whose access line follows.
function selfReview(fields: Fields): ParsedFields | undefined {
  const { text, uri } = fields;
  const isRefusal = text.endsWith(': Unauthorized') || text.includes(' is forbidden');
  if (uri === '' || !isRefusal) return undefined;
  const user = /is forbidden: User "((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
  return { ...refused(fields), user };
}

// Each pull and push requests a token with a scope; a login requests one without.
function tokenAsked({ method, uri, status }: Fields): ParsedFields | undefined {
  if (method !== 'GET' || pathOf(uri) !== TOKEN_ROUTE) return undefined;
  const query = new URLSearchParams(/\?.*/s.exec(uri)?.[0]);
  const user = query.get('account') ?? '';
  if (status === '401') return { action: 'refused-claim', user };
  const isLogin = status === '200' && user !== '' && !query.has('scope');
  return isLogin ? { action: 'claim', user } : undefined;
}

// The registry logs the path as it was sent, and routes by the decoded path.
function pathOf(uri: string): string {
  if (uri.startsWith('/') && !/[%?]/.test(uri)) return uri;
  const path = uri.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

// `10.0.0.7:47244`, `[fd00::7]:443`, or, from a router, an address alone.
function withoutPort(address: string): string {
  const [, inBrackets] = /^\[([^\]]*)\]/.exec(address) ?? [];
  if (inBrackets !== undefined) return inBrackets;
  const colon = address.indexOf(':');
  return colon === -1 || address.includes(':', colon + 1) ? address : address.slice(0, colon);
}
