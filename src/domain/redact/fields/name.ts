import { classOfName } from './names.ts';
import type { NameClass } from './names.ts';
import type { Line } from '../line.ts';

/** The name of a field whose value may be a secret, as it stands in a line. */
export interface Name {
  readonly start: number;
  readonly end: number;
  readonly of: NameClass;
  /** `--password`, `-token`: a blank may stand between it and its value. */
  readonly isOption: boolean;
  /** In the query of a URL, or what looks like one. */
  readonly isQuery: boolean;
  /** At the beginning of a line, where a document of YAML has its names; also behind an escaped `\n`. */
  readonly beginsLine: boolean;
  /** Of several words: what nobody would write in a sentence. */
  readonly isCompound: boolean;
}

const BEFORE_AT_MOST = 100;
const BEHIND_AT_MOST = 60;

/** The name around a place where one of its words stands; `end` alone where it names no secret. */
export function nameAround(line: Line, at: number): Name | { readonly end: number } {
  const { text } = line;
  const { start, end, next } = boundsOf(line, at);
  const escape = escapeBefore(text, start);
  const begin = start + escape.length;
  const written = text.slice(begin, end);
  const name = written.replace(/^-+/, '');
  const of = classOfName(name);
  if (of === undefined) return { end: next };
  const isQuery = /^(?:u0026|x26|26|3f)$/i.test(escape) || isQueryBefore(text, start);
  if ((of === 'query' || of === 'code') && !isQuery) return { end: next };
  return {
    start: begin,
    end,
    of,
    isOption: written.startsWith('-'),
    isQuery,
    beginsLine: /^[nr]$/.test(escape) || isBeginning(line, begin),
    isCompound: /[A-Z]|[_\-.\d]/.test(name.slice(1)) || name.length > 12,
  };
}

/** From where to where a name goes, and where the next one may begin: a dot at its end ends a sentence. */
function boundsOf({ text, from, end: limit }: Line, at: number) {
  let start = at;
  const least = Math.max(from, at - BEFORE_AT_MOST);
  while (start > least && isNameSign(text.charCodeAt(start - 1))) start -= 1;
  let next = at + 1;
  const most = Math.min(limit, at + BEHIND_AT_MOST);
  while (next < most && isNameSign(text.charCodeAt(next))) next += 1;
  let end = next;
  while (end > at + 1 && isDotOrDash(text.charCodeAt(end - 1))) end -= 1;
  return { start, end, next };
}

function isNameSign(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    isDotOrDash(code)
  );
}

function isDotOrDash(code: number): boolean {
  return code === 0x2d || code === 0x2e;
}

/** The letters of an escape (`\n`, `\u0026`, `%26`) that a name seems to begin with. */
function escapeBefore(text: string, start: number): string {
  const escape = ESCAPES[text.charAt(start - 1)];
  return escape?.exec(text.slice(start, start + 6))?.[0] ?? '';
}

const ESCAPES: Readonly<Record<string, RegExp>> = {
  '\\': /^(?:u00[0-9a-f]{2}|x[0-9a-f]{2}|[nrt])/i,
  '%': /^[0-9a-f]{2}/i,
};

function isQueryBefore(text: string, start: number): boolean {
  return /[?&]$|&amp;$/.test(text.slice(Math.max(0, start - 5), start));
}

const INDENTATION = /^[\s"'`>|]*(?:- )?["']?$/;
const ESCAPED_INDENTATION = /\\[nr](?:\s|- ){0,50}\\{0,8}["']?$/;
const INDENTATION_AT_MOST = 60;

function isBeginning({ text, from }: Line, start: number): boolean {
  const before = text.slice(Math.max(from, start - INDENTATION_AT_MOST), start);
  if (ESCAPED_INDENTATION.test(before)) return true;
  return start - from <= INDENTATION_AT_MOST && INDENTATION.test(before);
}
