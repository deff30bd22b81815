import { isFilter } from './filter.ts';
import type { Notes } from '../notes.ts';

/** An LDAP URL (RFC 4516) as OpenShift reads it, with its defaults filled in. */
export interface LdapUrl {
  readonly scheme: 'ldap' | 'ldaps';
  /** Host and port, as an address of TLS: names and certificates are checked by it. */
  readonly url: URL;
  readonly base: string;
  /** The one attribute that people are searched by. */
  readonly attribute: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: string;
}

const PORTS = { ldap: '389', ldaps: '636' } as const;
const SCOPES = ['base', 'one', 'sub'] as const;
const FORM = 'ldap[s]://HOST[:PORT]/BASE-DN?ATTRIBUTE?SCOPE?FILTER';

/** Reads `ldap.url`; undefined, and a note on what is wrong, where OpenShift could not. */
export function parseLdapUrl(text: string, notes: Notes): LdapUrl | undefined {
  const [, scheme = '', host = '', rest = ''] = /^(ldaps?):\/\/([^/?]*)\/?(.*)$/is.exec(text) ?? [];
  if (scheme === '') return refuse('is no LDAP address', notes);
  const server = readServer(scheme.toLowerCase() === 'ldaps' ? 'ldaps' : 'ldap', host, notes);
  const parts = rest.split('?').map(decode);
  if (parts.includes(undefined)) return refuse('holds a % that is no escape', notes);
  const query = readSearch(parts, notes);
  return server === undefined || query === undefined ? undefined : { ...server, ...query };
}

function readServer(
  scheme: LdapUrl['scheme'],
  host: string,
  notes: Notes,
): Pick<LdapUrl, 'scheme' | 'url'> | undefined {
  const url = URL.parse(`https://${host}`);
  if (url === null || host === '') return refuse('names no host', notes);
  if (url.username !== '') return refuse('holds a user name', notes);
  // What https leaves out as its own port is none of LDAP's.
  if (url.port === '' && !host.endsWith(':443')) url.port = PORTS[scheme];
  return { scheme, url };
}

type Search = Omit<LdapUrl, 'scheme' | 'url'>;

function readSearch(
  [base = '', attributes = '', scope = '', filter = '', extensions = '']: readonly (
    string | undefined
  )[],
  notes: Notes,
): Search | undefined {
  const known = SCOPES.find((each) => each === (scope.toLowerCase() || 'sub'));
  if (known === undefined) return refuse(`has the scope ${scope}, none of base, one, sub`, notes);
  if (extensions.includes('!')) return refuse('has an extension marked as critical', notes);
  const whole = filter || '(objectClass=*)';
  if (!isFilter(whole)) return refuse(`has a filter that is none: ${whole}`, notes);
  return { base, attribute: readAttribute(attributes, notes), scope: known, filter: whole };
}

function readAttribute(attributes: string, notes: Notes): string {
  const [attribute = '', ...others] = attributes.split(',');
  if (others.length > 0) {
    notes.warn(
      'configuration',
      `ldap.url names several attributes; people are searched by ${attribute} only`,
      'name one',
    );
  }
  return attribute || 'uid';
}

function refuse(what: string, notes: Notes): undefined {
  notes.broken('configuration', `ldap.url ${what}`, `write it as ${FORM}`);
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
