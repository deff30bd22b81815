import type { Line } from '../line.ts';

/** Where a value begins and ends, its quotes left out, and where what follows it begins. */
export interface Value {
  readonly start: number;
  readonly end: number;
  readonly next: number;
  readonly isQuoted: boolean;
}

const BACKSLASH = 0x5c;

/** How many backslashes begin at a place. */
export function backslashesAt(text: string, at: number, limit: number): number {
  let end = at;
  while (end < limit && text.charCodeAt(end) === BACKSLASH) end += 1;
  return end - at;
}

/**
 * A value in quotes, from its first quote on, which has so many backslashes before it, as where JSON
 * stands inside another text: it ends at the next quote of the same depth or a lesser one. What has
 * no end, because the line was cut, goes on to the end of the line.
 */
export function quotedValue(line: Line, quote: number, depth: number): Value {
  const { text } = line;
  const start = quote + 1;
  const limit = depth === 0 ? line.fieldEnd(start) : line.fieldEnd(quote);
  for (
    let at = text.indexOf('"', start);
    at !== -1 && at <= limit;
    at = text.indexOf('"', at + 1)
  ) {
    const before = backslashesBefore(text, at, start);
    if (isEscaped(before, depth)) continue;
    return { start, end: at - Math.min(depth, before), next: at + 1, isQuoted: true };
  }
  return { start, end: limit, next: limit, isQuoted: true };
}

function backslashesBefore(text: string, at: number, from: number): number {
  let count = 0;
  while (at - count > from && text.charCodeAt(at - count - 1) === BACKSLASH) count += 1;
  return count;
}

/**
 * A value in single quotes or backticks, which have so many backslashes before them, up to the next of
 * the same depth or a lesser one; undefined where that is missing: then it is none.
 */
export function singleQuotedValue(line: Line, quote: number, depth: number): Value | undefined {
  const { text } = line;
  const start = quote + 1;
  const limit = line.fieldEnd(quote);
  const mark = text.charAt(quote);
  if (LEAVES_FIELD.test(text.slice(start, start + 200))) return undefined;
  for (let at = text.indexOf(mark, start); at !== -1 && at < limit;) {
    const before = backslashesBefore(text, at, start);
    const isDoubled = text.charAt(at + 1) === mark;
    // YAML and SQL double it, a shell and Python escape it.
    if (!isDoubled && !isEscaped(before, depth)) {
      return { start, end: at - Math.min(depth, before), next: at + 1, isQuoted: true };
    }
    at = text.indexOf(mark, at + (isDoubled ? 2 : 1));
  }
  return undefined;
}

// `agent "password='" and user="bob" status='403'`: what begins inside quotes does not end in the fields behind.
const LEAVES_FIELD = /^[^"'`]{0,100}"(?:[,;]?\s(?:\w{1,20}\s)?[\w.-]{1,40}[=:]|[,;]?\s*$)/;

/**
 * Whether so many backslashes escape a quote inside a value whose own have `depth` of them. What begins
 * at one depth ends with what begins next at the same: so nothing is gone through again and again.
 */
function isEscaped(before: number, depth: number): boolean {
  return (before + 1) % (2 * depth + 2) === 0;
}

/** What stands between brackets or braces, quotes in it looked at: an array of JSON, a list of Go. */
export function bracketedValue(line: Line, open: number): Value {
  const { text } = line;
  const bound = line.fieldEnd(open);
  const closer = text.charAt(open) === '{' ? 0x7d : 0x5d;
  let at = open + 1;
  while (at < bound && text.charCodeAt(at) !== closer) {
    const depth = backslashesAt(text, at, bound);
    if (text.charCodeAt(at + depth) === 0x22) at = quotedValue(line, at + depth, depth).next;
    else at += Math.max(1, depth);
  }
  const end = Math.min(at, bound);
  return { start: open + 1, end, next: Math.min(end + 1, line.end), isQuoted: true };
}
