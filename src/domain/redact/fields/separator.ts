import type { Line } from '../line.ts';
import type { Name } from './name.ts';
import { backslashesAt } from './value.ts';

/** What stands between a name and its value. */
export interface Separator {
  readonly sign: '=' | ':' | '>' | ' ';
  /** Where the value begins, at its quote if it has one. */
  readonly end: number;
  readonly hasBlank: boolean;
  /** `%3D`: the value is percent-encoded as well. */
  readonly isEncoded: boolean;
  readonly isNameQuoted: boolean;
  /** Whether a word and a blank stand before the name, as in a sentence. */
  readonly isBehindWord: boolean;
}

const SIGN = /=>|:=|==?|::(?= )|:(?![:/])|%3d|%3a|\\{1,8}u003[da]|\\{1,8}x3[da]/iy;
const BLANKS_AT_MOST = 8;

/** Reads on behind a name; undefined where no value follows. */
export function separatorAfter(line: Line, name: Name): Separator | undefined {
  const { text } = line;
  const closing = closingAt(line, name);
  const before = text.slice(Math.max(line.from, name.start - 6), name.start);
  const rest = {
    isNameQuoted: closing.isQuoted,
    isBehindWord: /\w\s{1,4}$/.test(before),
    isEncoded: false,
    hasBlank: false,
  };
  const tag = closing.isQuoted ? -1 : tagEnd(text, name);
  if (tag !== -1) return { ...rest, sign: '>', end: tag };
  // `Get "https://x.example/token": dial tcp`
  if (closing.isQuoted && (before.endsWith('/') || endsField(line, name, closing.end)))
    return undefined;
  return signAt(line, name, { ...rest, closed: closing.end });
}

// `http.request.useragent="--password" http.response.status=200`, but not `"password":`.
function endsField(line: Line, { start, end }: Name, next: number): boolean {
  return line.isRequest && line.fieldEnd(start) === end && line.text.charAt(next) !== ':';
}

type SeparatorRest = Omit<Separator, 'sign' | 'end'>;

function signAt(
  line: Line,
  name: Name,
  { closed, ...rest }: SeparatorRest & { readonly closed: number },
): Separator | undefined {
  const { text } = line;
  // A quote may end the name, and the field around it with that.
  const limitOf = (end: number) => (rest.isNameQuoted ? line.end : Math.min(line.end, end + 1));
  const limit = limitOf(line.fieldEnd(name.start));
  const at = skipBlanks(text, closed, limit);
  SIGN.lastIndex = at;
  const sign = at < limit ? SIGN.exec(text)?.[0] : undefined;
  if (sign !== undefined) return behindSign(line, { name, sign, at: at + sign.length }, rest);
  if (!name.isOption && !isInBraces(text, name)) return undefined;
  return optionAt(text, { closed, limit: limitOf(line.wordEnd(name.start)) }, rest);
}

function behindSign(
  line: Line,
  { name, sign, at }: { readonly name: Name; readonly sign: string; readonly at: number },
  rest: SeparatorRest,
): Separator | undefined {
  const last = line.isRequest && !rest.isNameQuoted ? line.fieldEnd(at) : line.end;
  // A query has no blank in it: there it is the end.
  const end = name.isQuery ? at : skipBlanks(line.text, at, last);
  if (end >= line.end) return undefined;
  return {
    ...rest,
    sign: /[=dD]$|>$/.test(sign) ? '=' : ':',
    end,
    hasBlank: end > at,
    isEncoded: sign.startsWith('%'),
  };
}

// `"name"`, `\"name\"`, `'name'`, `name]`.
function closingAt(
  { text, end }: Line,
  name: Name,
): { readonly end: number; readonly isQuoted: boolean } {
  const depth = backslashesAt(text, name.end, end);
  const sign = text.charAt(name.end + depth);
  if (sign === '"' || ((sign === "'" || sign === '`') && text.charAt(name.start - 1) === sign)) {
    const behind = name.end + depth + 1;
    return { end: text.charAt(behind) === ']' ? behind + 1 : behind, isQuoted: true };
  }
  const isIndex = sign === ']' && depth === 0 && text.charAt(name.start - 1) === '[';
  return { end: isIndex ? name.end + 1 : name.end, isQuoted: false };
}

// `<password>`, `<ns:Password Type="x">`.
const REST_OF_TAG = /(?:\s[^<>]{0,200})?>/y;

function tagEnd(text: string, { start, end }: Name): number {
  if (text.charAt(end) !== '>' && text.charAt(end) !== ' ') return -1;
  if (!isTag(text, start)) return -1;
  REST_OF_TAG.lastIndex = end;
  return REST_OF_TAG.test(text) ? REST_OF_TAG.lastIndex : -1;
}

function isTag(text: string, start: number): boolean {
  return (
    text.charAt(start - 1) === '<' || /<\w{1,20}:$/.test(text.slice(Math.max(0, start - 22), start))
  );
}

function skipBlanks(text: string, from: number, limit: number): number {
  let at = from;
  while (
    at < limit &&
    at < from + BLANKS_AT_MOST &&
    (text.charAt(at) === ' ' || text.charAt(at) === '\t')
  ) {
    at += 1;
  }
  return at;
}

// `[{DB_PASSWORD x nil}]`: a Pod's environment as Go prints it without names.
function isInBraces(text: string, { start, end }: Name): boolean {
  return text.charAt(start - 1) === '{' && /^[A-Z][A-Z\d_]+$/.test(text.slice(start, end));
}

// `--password x`, `["--password","x"]`, `[--password x]`.
function optionAt(
  text: string,
  { closed, limit }: { readonly closed: number; readonly limit: number },
  rest: SeparatorRest,
): Separator | undefined {
  const [between = ''] = /^[\s,]{1,8}/.exec(text.slice(closed, closed + 8)) ?? [];
  const at = closed + between.length;
  if (between === '' || at >= limit || text.charAt(at) === '-') return undefined;
  return { ...rest, sign: ' ', end: at };
}
