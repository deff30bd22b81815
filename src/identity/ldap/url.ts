import { isUtf8 } from 'node:buffer';
import type { Filter } from 'ldapts';
import { compileFilter } from './filter.ts';
import type { Notes } from '../notes.ts';
import { readHttps } from '../wire/https.ts';

/** An LDAP URL (RFC 4516) as OpenShift reads it, with its defaults filled in. */
export interface LdapUrl {
  readonly scheme: 'ldap' | 'ldaps';
  /** Host and port, as an address of TLS: names and certificates are checked by it. */
  readonly url: URL;
  readonly base: string;
  /** The one attribute that people are searched by. */
  readonly attribute: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
}

const PORTS = { ldap: '389', ldaps: '636' } as const;
const SCOPES = ['base', 'one', 'sub'] as const;
// What may precede the host, its "@" included, by the rules of Go's url.
const USER = /^(?:[\w\-.~:!$&'()*+,;=@]|%[\da-f]{2})*$/i;
const FORM = 'ldap[s]://HOST[:PORT]/BASE-DN?ATTRIBUTE?SCOPE?FILTER';

/**
 * Reads `ldap.url` by the rules of Go's `url` and of OpenShift (openshift-facts.md 11.3; each case of the
 * tests was run through both). Undefined, with a note on the problem, if OpenShift could not read the
 * address, or would look for the directory in its own pod.
 */
export function parseLdapUrl(text: string, notes: Notes): LdapUrl | undefined {
  if (/\p{Cc}/u.test(text)) return refuse('holds a line break or another control character', notes);
  const [address = '', ...fragment] = text.split('#');
  const parts = split(address);
  if (parts === undefined) return refuse('is no LDAP address', notes);
  const server = readServer(parts, !text.includes('@'), notes);
  // If the host is invalid, the rest may be part of a password with a "/" or a "?" in it.
  if (server === undefined) return undefined;
  const base = readBase(parts.path, fragment, notes);
  if (fragment.length > 0) noteCut(parts, notes);
  const search = readSearch(parts.query, notes);
  if (base === undefined || search === undefined) return undefined;
  return { ...server, ...search, base };
}

interface UrlParts {
  readonly scheme: LdapUrl['scheme'];
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

function split(address: string): UrlParts | undefined {
  const parts = /^(ldaps?):(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/is.exec(address);
  if (parts === null) return undefined;
  const [, name = '', host = '', path = '', query = ''] = parts;
  const scheme: LdapUrl['scheme'] = name.toLowerCase() === 'ldaps' ? 'ldaps' : 'ldap';
  return { scheme, host, path, query };
}

// The part after a "#" is ignored, but its escapes must be valid.
function readBase(path: string, fragment: readonly string[], notes: Notes): string | undefined {
  const base = decode(path, escaped);
  if (base === undefined || decode(fragment.join('#')) === undefined)
    return refuse('holds a % that is no escape', notes);
  return base.replace(/^\/+/, '');
}

// The host is left out: a user name and a password may stand before it.
function noteCut({ scheme, path, query }: UrlParts, notes: Notes): void {
  const rest = query === '' ? path : `${path}?${query}`;
  notes.warn(
    'configuration',
    `ldap.url holds a "#", and OpenShift reads it no further: ${JSON.stringify(`${scheme}://…${rest}`)}`,
    'write a "#" of a name as %23',
  );
}

function readServer(
  { scheme, host: authority }: UrlParts,
  mayBeQuoted: boolean,
  notes: Notes,
): Pick<LdapUrl, 'scheme' | 'url'> | undefined {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const url = readHttps(`https://${host}`);
  if (url === null) {
    if (host === '')
      return refuse('names no host: OpenShift would look for the directory in its own pod', notes);
    // A password with a "#" or a "/" in it ends up here.
    return refuse(`names no host${mayBeQuoted ? `: ${JSON.stringify(host)}` : ''}`, notes);
  }
  const wrong = hostProblem(host, authority.slice(0, -host.length));
  if (wrong !== undefined) return refuse(wrong, notes);
  if (host !== authority) {
    notes.warn(
      'configuration',
      'ldap.url holds a user name, which OpenShift leaves out',
      'take it out; an account to bind with goes into ldap.bindDN and ldap.bindPassword',
    );
  }
  // URL drops 443, the default port of https. It is not the default port of LDAP.
  if (url.port === '' && !host.endsWith(':443')) url.port = PORTS[scheme];
  return { scheme, url };
}

function hostProblem(host: string, user: string): string | undefined {
  // OpenShift adds a port if it sees none, and puts brackets around the address once more.
  if (host.endsWith(']')) return 'names an IPv6 address without its port';
  if (host.endsWith(':')) return 'has no port behind the ":" of its host';
  return USER.test(user) ? undefined : 'has an invalid user name before its host, which Go refuses';
}

type UrlSearch = Omit<LdapUrl, 'scheme' | 'url' | 'base'>;

function readSearch(query: string, notes: Notes): UrlSearch | undefined {
  const parts = query.split('?');
  if (parts.length > 4) return refuse('has more than four "?"', notes);
  // Optional extensions are ignored, and not even decoded.
  const [attributes, scope, filter] = parts.slice(0, 3).map(decodeQuery);
  const isDecoded = parts.slice(0, 3).every((each) => decodeQuery(each) !== undefined);
  if (!isDecoded) return refuse('holds a % that is no escape', notes);
  const known = SCOPES.find((each) => each === (scope || 'sub'));
  if (known === undefined) {
    return refuse(`has the scope ${JSON.stringify(scope)}, none of base, one, sub`, notes);
  }
  if ((parts[3] ?? '').split(',').some((each) => each.startsWith('!')))
    return refuse('has an extension marked as critical', notes);
  const whole = filter || '(objectClass=*)';
  const compiled = compileFilter(whole);
  if (compiled === undefined) return refuse(`has an invalid filter: ${whole}`, notes);
  if (parts.slice(0, 3).some((each) => each.includes('+'))) notePlus(whole, notes);
  return { attribute: readAttribute(attributes ?? '', notes), scope: known, filter: compiled };
}

function notePlus(filter: string, notes: Notes): void {
  notes.warn(
    'configuration',
    `ldap.url holds a "+" behind its "?", which is a blank to OpenShift: ${JSON.stringify(filter)} is the filter`,
    'write a "+" as %2B, and a blank as %20',
  );
}

function readAttribute(attributes: string, notes: Notes): string {
  const [attribute = '', ...others] = attributes.split(',');
  if (others.length > 0) {
    notes.warn(
      'configuration',
      `ldap.url names several attributes; people are searched by ${attribute || 'uid'} only`,
      'name one',
    );
  }
  return attribute || 'uid';
}

function refuse(what: string, notes: Notes): undefined {
  notes.broken('configuration', `ldap.url ${what}`, `write it as ${FORM}`);
  return undefined;
}

// To Go, a + is a blank in a query, but not in a path.
function decodeQuery(text: string): string | undefined {
  return decode(text.replaceAll('+', ' '));
}

type DecodeBytes = (bytes: Buffer) => string;

/**
 * The text with its escapes decoded; `decodeBytes` decodes bytes that are not UTF-8. Undefined for a % that
 * begins no escape.
 */
function decode(text: string, decodeBytes: DecodeBytes = String): string | undefined {
  if (/%(?![\da-f]{2})/i.test(text)) return undefined;
  return text.replaceAll(/(?:%[\da-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    return isUtf8(bytes) ? bytes.toString() : decodeBytes(bytes);
  });
}

// Go accepts such bytes in a DN, where they are written as "\ff" (RFC 4514). Its client refuses them in a
// filter.
function escaped(bytes: Buffer): string {
  const each = (byte: string) => `\\${byte.charCodeAt(0).toString(16)}`;
  return bytes.toString('latin1').replaceAll(/[^\0-\x7f]/g, each);
}
