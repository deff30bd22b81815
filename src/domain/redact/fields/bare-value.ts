import type { Line } from '../line.ts';
import type { Value } from './value.ts';

/** Where a value stands: in the query of a URL, in one that is percent-encoded, or anywhere else. */
export type ValueContext = 'text' | 'query' | 'encoded';

const BLANK = 0x20;

// What follows a value, and no part of it: tested where a sign stands that may be either. Every
// repetition is bounded, because they are tried at each such sign.
const NEXT_FIELD =
  /[,;&]\s{0,8}(?:["'\\{[]|$|[\w.%-]{1,64}\s?(?:=|:(?!\/\/)|%3D))|[,;]\s|;$|&(?:amp|quot|lt|gt|#\d+);/iy;
const NEXT_ESCAPE =
  /\\{1,16}(?:["'`]|[nrt](?:$|[\s\\"-]|[\w.-]{1,64}\s?[:=])|u00(?:26|3c|3e|22|27)|x(?:26|22|27))/iy;
const AFTER_CLOSER = /[)\]}>'`]{1,16}(?:$|[\s,;.:!?"\\&<|)\]}>'`-])/y;
const TAG = /<(?:\/|br\b|$)/iy;

/**
 * A value without quotes. It ends at a blank, and at what can only be the sign between it and the next
 * field: `a,b` and `it's&co` are passwords as well. In the query of a URL `&` ends it, or `%26`.
 */
export function bareValue(line: Line, start: number, context: ValueContext = 'text'): Value {
  const { text } = line;
  const limit = line.fieldEnd(start);
  let end = start;
  while (end < limit && !endsAt(text, end, context)) end += 1;
  return { start, end, next: end, isQuoted: false };
}

function endsAt(text: string, at: number, context: ValueContext): boolean {
  const code = text.charCodeAt(at);
  if (code <= BLANK) return true;
  if (isLetterOrDigit(code)) return false;
  return ENDINGS[text.charAt(at)]?.(text, at, context) ?? false;
}

type EndTest = (text: string, at: number, context: ValueContext) => boolean;

const endsQuery: EndTest = (text, at, context) =>
  context === 'query' || matchesAt(NEXT_FIELD, text, at);
const endsField: EndTest = (text, at) => matchesAt(NEXT_FIELD, text, at);
const closes: EndTest = (text, at) => matchesAt(AFTER_CLOSER, text, at);

const ENDINGS: Readonly<Record<string, EndTest>> = {
  '"': () => true,
  '&': endsQuery,
  '#': endsQuery,
  ',': endsField,
  ';': endsField,
  '%': (text, at, context) => context === 'encoded' && /^%2[36]/.test(text.slice(at, at + 3)),
  '\\': (text, at) => matchesAt(NEXT_ESCAPE, text, at),
  '<': (text, at, context) => context !== 'text' || matchesAt(TAG, text, at),
  '>': closes,
  ')': closes,
  ']': closes,
  '}': closes,
  "'": closes,
  '`': closes,
};

function isLetterOrDigit(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a)
  );
}

/** Whether a sticky pattern matches at a place. */
function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at;
  return sticky.test(text);
}
