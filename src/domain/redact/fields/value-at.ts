import { bareValue } from './bare-value.ts';
import type { ValueContext } from './bare-value.ts';
import type { Line } from '../line.ts';
import { backslashesAt, bracketedValue, quotedValue, singleQuotedValue } from './value.ts';
import type { Value } from './value.ts';

/** The value at a place, in whatever quotes it is; undefined for an object, whose fields have names of their own. */
export function valueAt(line: Line, at: number, where: ValueContext = 'text'): Value | undefined {
  const { text } = line;
  const depth = backslashesAt(text, at, line.end);
  switch (text.charAt(at + depth)) {
    case '"':
      // Inside a field the quote that ends it begins nothing.
      return depth === 0 && line.fieldEnd(at) === at
        ? undefined
        : quotedValue(line, at + depth, depth);
    case "'":
    case '`':
      return singleQuotedValue(line, at + depth, depth) ?? bareValue(line, at, where);
    default:
      return depth === 0 ? unquoted(line, at, where) : bareValue(line, at, where);
  }
}

function unquoted(line: Line, at: number, where: ValueContext): Value | undefined {
  const { text } = line;
  const begin = text.slice(at, at + 50);
  const kind = KIND_OF_TEXT.exec(begin)?.[0].length ?? 0;
  if (kind > 0) return valueAt(line, at + kind, where);
  if (begin.startsWith('[')) return bracketedValue(line, at);
  if (/^\{(?!\{)/.test(begin)) return changeAt(line, at) ?? valueInObject(line, at, where);
  if (STRING_SOURCE.test(begin)) return valueInObject(line, at, where);
  return placeholderAt(line, at) ?? bareValue(line, at, where);
}

// Python says before a text of what kind it is, and so do dumps of Go, Rust and PHP: `(string) (len=8) "…"`,
// `Some("…")`, `string(8) "…"`.
const KIND_OF_TEXT =
  /^(?:[bru]{1,2}(?=')|(?:Some\(|string\(\d{1,9}\) |\([\w.]{1,20}\) ?(?:\(len=\d{1,9}\) ?)?)(?="))/i;
const STRING_SOURCE = /^&?\w{0,20}\.?StringSource\{/;

// `<nil>`, `<redacted>`.
function placeholderAt({ text }: Line, at: number): Value | undefined {
  const [shown] = /^<[\w -]{1,40}>/.exec(text.slice(at, at + 42)) ?? [];
  if (shown === undefined) return undefined;
  return { start: at, end: at + shown.length, next: at + shown.length, isQuoted: true };
}

// `{"old" -> "new"}`: how the registry's operator logs what has changed in a Deployment.
function changeAt(line: Line, open: number): Value | undefined {
  const { text } = line;
  const isEnd = line.fieldEnd(open + 1) === open + 1;
  if (isEnd || text.charAt(open + 1) !== '"') return undefined;
  const old = quotedValue(line, open + 1, 0);
  if (!text.startsWith(' -> ', old.next) && old.next < line.end) return undefined;
  const end = endOfChange(line, old.next + 4);
  return { start: open + 1, end, next: end, isQuoted: true };
}

function endOfChange(line: Line, later: number): number {
  const { text } = line;
  if (text.startsWith('"', later)) return Math.min(quotedValue(line, later, 0).next, line.end);
  const close = text.indexOf('}', later);
  return close === -1 ? line.end : close;
}

// `bindPassword: {"value": "x"}`: a StringSource of OpenShift's OAuth, also as Go prints it.
const IN_OBJECT =
  /(?:&?[\w.]{1,40})?\{\s{0,4}(?:StringSourceSpec:\s?(?:&?[\w.]{1,40})?\{\s{0,4})?\\{0,8}["']?value\\{0,8}["']?\s{0,3}[:=](\s{0,3})/iy;

function valueInObject(line: Line, at: number, where: ValueContext): Value | undefined {
  IN_OBJECT.lastIndex = at;
  const [found, blanks] = IN_OBJECT.exec(line.text) ?? [];
  if (found === undefined) return undefined;
  const start = at + found.length;
  if (start >= line.fieldEnd(at) || isObjectAt(line, start)) return undefined;
  const value = valueAt(line, start, where);
  // `{Value: Env: File:}`
  const isNext = blanks !== '' && /^[A-Z]\w{0,30}:/.test(line.text.slice(start, start + 32));
  return isNext ? undefined : value && { ...value, isQuoted: true };
}

// An object in an object, over and over, would be gone into as deep as somebody writes it.
function isObjectAt({ text }: Line, at: number): boolean {
  return text.charAt(at) === '{' || STRING_SOURCE.test(text.slice(at, at + 50));
}
