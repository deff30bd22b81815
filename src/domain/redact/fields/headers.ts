import { isUserAndPassword } from '../base64.ts';
import type { Line } from '../line.ts';
import type { Find } from '../spans.ts';
import { bareValue } from './bare-value.ts';
import { backslashesAt, bracketedValue, quotedValue } from './value.ts';
import { isHarmlessText, looksGenerated } from './words.ts';

const SCHEME =
  /(?:bearer|basic|negotiate|token|api-?key|digest|aws4-hmac-sha256|aws|ntlm|hmac[\w-]{0,20}|sharedkey(?:lite)?|oauth|kerberos|mac|hawk|signature|bot|key|pat)\s{1,4}/iy;
const OTHER_SCHEME = /[a-z][\w-]{1,30}\s{1,4}(?=[^\s"'\\,]{16})/iy;
const PARAMETER = /[\w-]{1,40}=/y;
const BLANKS = /[\s,]{1,4}/y;

/**
 * The value of an `Authorization` header, in whatever form it is printed: its scheme stays, all behind it
 * goes. Returns where to go on; undefined where it holds no secret.
 */
export function authorizationValue(line: Line, at: number, find: Find): number | undefined {
  const { text } = line;
  const { start, limit } = contentAt(line, at);
  const scheme = matched(SCHEME, text, start) || matched(OTHER_SCHEME, text, start);
  const begin = start + scheme.length;
  if (CHALLENGE.test(text.slice(begin, begin + 10))) return undefined;
  const end = endOfCredentials(line, begin, limit);
  const shown = text.slice(begin, end);
  if (!areCredentials(shown, scheme)) return undefined;
  const isBasic = /^basic/i.test(scheme) || (scheme === '' && isUserAndPassword(shown));
  find({ start: begin, end, kind: isBasic ? 'basic-auth' : 'bearer-token' });
  return end;
}

// `Bearer realm="…"` is a challenge, and `Authorization: denied` an answer.
const CHALLENGE = /^(?:realm|error|scope|service)=/i;

function areCredentials(shown: string, scheme: string): boolean {
  if (shown === '' || isHarmlessText(shown, 'token')) return false;
  return scheme !== '' || (shown.length >= 8 && looksGenerated(shown));
}

/** How long the name of a cookie may be. */
const NAME_WITHIN = 200;

/** The cookies of a `Cookie` or `Set-Cookie` header, all of them. */
export function cookieValue(line: Line, at: number, find: Find): number | undefined {
  const { text } = line;
  const { start, limit } = contentAt(line, at);
  // Several, as Go and Node print them: `["a=1; Path=/","b=2"]`.
  if (text.startsWith('["', at) && text.slice(start, limit).includes('=')) {
    const all = bracketedValue(line, at);
    find({ start: all.start, end: all.end, kind: 'cookie' });
    return all.next;
  }
  // First of all, near: what is no cookie may hold the word again, and would be gone through each time.
  const sign = text.slice(start, Math.min(limit, start + NAME_WITHIN)).indexOf('=');
  if (sign === -1) return undefined;
  let end = tokenEnd(line, start, limit);
  if (end < start + sign) return undefined;
  while (end + 2 < limit && text.startsWith('; ', end)) end = tokenEnd(line, end + 2, limit);
  find({ start, end, kind: 'cookie' });
  return end;
}

// Inside quotes, or the brackets of Go's `map[Authorization:[…]]`, or bare up to the end of its field.
function contentAt(line: Line, at: number): { readonly start: number; readonly limit: number } {
  const { text } = line;
  const limit = line.fieldEnd(at);
  const open = text.charAt(at) === '[' ? at + 1 : at;
  const depth = backslashesAt(text, open, line.end);
  if (text.charAt(open + depth) !== '"' || line.fieldEnd(open) === open)
    return { start: open, limit };
  const quoted = quotedValue(line, open + depth, depth);
  return { start: quoted.start, limit: quoted.end };
}

// Several parameters belong to one header: `Credential=…, SignedHeaders=…, Signature=…`.
function endOfCredentials(line: Line, start: number, limit: number): number {
  let end = tokenEnd(line, start, limit);
  if (matched(PARAMETER, line.text, start) === '') return end;
  for (;;) {
    const next = end + matched(BLANKS, line.text, end).length;
    if (next === end || next >= limit || matched(PARAMETER, line.text, next) === '') return end;
    end = tokenEnd(line, next, limit);
  }
}

function tokenEnd(line: Line, start: number, limit: number): number {
  const { text } = line;
  const { end } = bareValue(line, start);
  // `username="x"`: the quotes belong to the parameter.
  if (text.charAt(end) === '"' && text.charAt(end - 1) === '=' && end < limit) {
    const close = text.indexOf('"', end + 1);
    return close === -1 || close >= limit ? limit : close + 1;
  }
  return Math.min(end, limit);
}

function matched(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}
