import type { Line } from './line.ts';
import type { Find } from './spans.ts';

const URL_START = /:\/\/|%3A%2F%2F/gi;
/** Where an address ends, whatever is in it. */
const URL_END = /[\s"'<>`\\|^]|:\/\/|%3A%2F%2F|$/gi;
const PORT = /^\d{1,5}(?:[/?#]|$)/;
const HOST =
  /^(?:localhost|\[[\da-f:]+\]|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:\d))(?::\d{1,5})?(?:[/?#,;)\]}]|$)/i;
const PLAIN_USERS =
  /^(?:git|hg|svn|ssh|root|admin|user|username|anonymous|core|ec2-user|ubuntu|\$\{?\w+\}?|[a-z][a-z._-]{0,30})$/i;

/**
 * Finds credentials in addresses (`https://user:password@host`), also where the password holds `@`, `/`
 * or `?`. A user alone is none unless it looks like a token; `repository@sha256:…` names an image.
 */
export function findUrlCredentials(line: Line, find: Find): void {
  const { text } = line;
  URL_START.lastIndex = line.from;
  for (let match = URL_START.exec(text); match !== null; match = URL_START.exec(text)) {
    const start = URL_START.lastIndex;
    URL_END.lastIndex = start;
    const end = Math.min(URL_END.exec(text)?.index ?? line.end, line.fieldEnd(start));
    const address = text.slice(start, end);
    const length = match[0].startsWith('%') ? encodedLength(address) : credentialsLength(address);
    if (length > 0) find({ start, end: start + length, kind: 'url-credentials' });
    URL_START.lastIndex = Math.max(start, end);
  }
}

function encodedLength(address: string): number {
  const [, credentials = ''] = /^([^/?#@&]+?)%40/i.exec(address) ?? [];
  return /%3A/i.test(credentials) ? credentials.length : 0;
}

function credentialsLength(address: string): number {
  const authority = /^[^/?#]*/.exec(address)?.[0] ?? '';
  const colon = authority.indexOf(':');
  const at = authority.indexOf('@');
  return colon === -1 || (at !== -1 && at < colon)
    ? userLength(authority.slice(0, Math.max(0, at)))
    : passwordEnd(address, authority, colon + 1);
}

function userLength(user: string): number {
  return isToken(user) ? user.length : 0;
}

function passwordEnd(address: string, authority: string, begin: number): number {
  if (address.startsWith('[') || PORT.test(address.slice(begin))) return 0;
  const last = lastAt(address, authority);
  return last > begin && !isPlaceholder(address.slice(begin, last)) ? last : 0;
}

// In the authority the last `@` ends them; behind it only where no host follows: the password goes on.
function lastAt(address: string, authority: string): number {
  const last = authority.lastIndexOf('@');
  if (last !== -1 && HOST.test(address.slice(last + 1))) return last;
  const later = address.lastIndexOf('@');
  return isDigest(address.slice(later + 1)) ? last : later;
}

function isDigest(text: string): boolean {
  return /^sha(?:256|512):/.test(text);
}

function isToken(user: string): boolean {
  return (
    !PLAIN_USERS.test(user) && (user.length >= 16 || /\d.*\d/.test(user)) && !isPlaceholder(user)
  );
}

function isPlaceholder(secret: string): boolean {
  return /^(?:\*+|x{3,}|X{3,}|<[^<>]*>?|\[?REDACTED.*|\$\{[^}]*\}|%\w+%|-+)$/.test(secret);
}
