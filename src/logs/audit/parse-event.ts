import { claimOf } from '../purser-claim.ts';
import { withoutInnerTimes } from '../stream/time.ts';
import { createFieldReader, unquote } from './logfmt.ts';
import { messageOf } from './message.ts';
import type { AuditMessage } from './message.ts';

/**
 * What one line says that somebody did. `ask` is a HEAD of a manifest; `…-list` is about a manifest that
 * names others, one for each platform. `pull-layers` are blobs. `claim` is a login under a name that only the client gave:
 * the registry logs none there. What begins with `refused-` was not allowed; `refused-claim` is a
 * token that was not taken, under a name that the client gave.
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

/** Whether anybody may have done it, without an account, and so as often as they like and under any name. */
export function isUnauthenticated(action: AuditAction, user: string): boolean {
  return action === 'claim' || action === 'refused-claim' || !isNamedUser(user);
}

/**
 * `at` is the registry's own time, in milliseconds since the epoch. What a line does not say is ''. No text has
 * more than 512 characters and `[CUT]`: anybody may send names of a megabyte.
 */
export interface AuditEvent {
  readonly action: AuditAction;
  readonly at: number;
  /** When it was done last: later than `at` where several requests were added up. */
  readonly last: number;
  /** How many requests were added up. */
  readonly requests: number;
  /** Bytes of the manifest that was answered with, also to a HEAD; -1 where the line does not say. */
  readonly size: number;
  readonly user: string;
  /** `namespace/name`. */
  readonly repository: string;
  /** A tag, a digest, or, where something else was refused, the path that was asked for. */
  readonly reference: string;
  /** Where the request came from, without its port: what the registry logs, a router's at times. */
  readonly address: string;
  /** What its User-Agent claims of Purser: see {@link claimOf}. */
  readonly claim: string;
}

/**
 * Reads a line of the registry's log, from its `time=` on. undefined for the many lines that name
 * nobody, or that repeat what another line says: the access line (`msg=response`) counts for logins
 * only, because it names no user and can't be joined to the line that does (it has an id of its own).
 */
export function parseAuditEvent(given: Buffer): AuditEvent | undefined {
  const message = messageOf(given);
  if (message === undefined) return undefined;
  const line = withoutInnerTimes(given);
  if (message === 'access' && !line.includes(TOKEN_ROUTE)) return undefined;
  // Most lines that get as far as this are of uploads and of blobs that are asked for.
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

// Of the line that is being read. Each is made when it is asked for: of most lines few are.
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
  /** Of what was sent, as a push does; and of the answer. */
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
  /** A name at the end of a line was cut off there, and may be half of somebody else's. */
  get user() {
    return spans[2 * USER + 1] === current.length ? '' : textAt(current, USER);
  },
};
let current: Buffer = Buffer.alloc(0);
type Fields = Readonly<typeof lineFields>;

const TOKEN_ROUTE = '/openshift/token';
// A push into a stream that may not be made, into no namespace, or over the quota (openshift-facts.md 1.8, 11.1).
const DENIED = 'denied';

// A path may be written with escapes, to be found by nobody who looks for the words.
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
  // The API that does not answer refuses nobody.
  'client-error': (fields) =>
    fields.user !== '' && fields.text.includes(' is forbidden') ? refused(fields) : undefined,
  'self-review': selfReview,
  access: tokenAsked,
};

// A part of a blob is answered with 206, and one that object storage hands out with 307.
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

// A layer's digest says nothing to people, and a pull or a pruner has thousands.
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
  // What does not say what it is may be a list.
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

// A token that is not taken. Without a uri it is the token route's, whose access line follows.
function selfReview(fields: Fields): ParsedFields | undefined {
  const { text, uri } = fields;
  const isRefusal = text.endsWith(': Unauthorized') || text.includes(' is forbidden');
  if (uri === '' || !isRefusal) return undefined;
  const user = /is forbidden: User "((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
  return { ...refused(fields), user };
}

// A token with a scope is asked for by each pull and push; one without by a login.
function tokenAsked({ method, uri, status }: Fields): ParsedFields | undefined {
  if (method !== 'GET' || pathOf(uri) !== TOKEN_ROUTE) return undefined;
  const query = new URLSearchParams(/\?.*/s.exec(uri)?.[0]);
  const user = query.get('account') ?? '';
  if (status === '401') return { action: 'refused-claim', user };
  const isLogin = status === '200' && user !== '' && !query.has('scope');
  return isLogin ? { action: 'claim', user } : undefined;
}

// The registry logs the target of a request as it was sent, and routes by what that means.
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
