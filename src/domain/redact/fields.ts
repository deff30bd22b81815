import { isUserAndPassword } from './base64.ts';
import { authorizationValue, cookieValue } from './headers.ts';
import type { Line } from './line.ts';
import { nameAround } from './name.ts';
import type { Name } from './name.ts';
import type { Find } from './spans.ts';
import { separatorAfter } from './separator.ts';
import type { Separator } from './separator.ts';
import {
  bareValue,
  bracketedValue,
  backslashesAt,
  quotedValue,
  singleQuotedValue,
} from './value.ts';
import type { Value, Where } from './value.ts';
import { isSentence, isWords, looksMade, WORDS_AT_MOST } from './words.ts';

const WORDS =
  /pass|p?wd|psw|pw|secret|token|key|auth|cred|cookie|sig|assertion|bearer|dockerc|code|otp|psk/gi;

/**
 * Finds the secrets that are values of fields: `name=value`, `"name": "value"`, `name: value`,
 * `<name>value</name>`, `--name value`, in whatever program's form, also where it is quoted once or more
 * often inside another text. Every place is looked at a bounded number of times.
 */
export function findFields(line: Line, find: Find): void {
  WORDS.lastIndex = line.from;
  for (let match = WORDS.exec(line.text); match !== null; match = WORDS.exec(line.text)) {
    const name = nameAround(line, match.index);
    const next = 'of' in name ? findValue(line, name, find) : undefined;
    WORDS.lastIndex = Math.max(next ?? 0, name.end, match.index + 1);
  }
}

/** Finds the value that belongs to a name; returns where to go on behind it, undefined where there is none. */
function findValue(line: Line, name: Name, find: Find): number | undefined {
  const separator = separatorAfter(line, name);
  if (separator === undefined) return undefined;
  if (name.of === 'authorization') return authorizationValue(line, separator.end, find);
  if (name.of === 'cookie') return cookieValue(line, separator.end, find);
  return takeValue(line, { name, separator }, find);
}

/** The value at a place, in whatever quotes it is; undefined for an object, whose fields have names of their own. */
export function valueAt(line: Line, at: number, where: Where = 'text'): Value | undefined {
  const { text } = line;
  const depth = backslashesAt(text, at, line.end);
  const sign = text.charAt(at + depth);
  // Python says before a text of what kind it is.
  if (depth === 0 && /^[bru]{1,2}'/i.test(text.slice(at, at + 3)))
    return valueAt(line, at + 1, where);
  if (sign === '"') {
    // Inside a field the quote that ends it begins nothing.
    const isEnd = depth === 0 && line.fieldEnd(at) === at;
    return isEnd ? undefined : quotedValue(line, at + depth, depth);
  }
  if (sign === "'" || sign === '`') {
    const quoted = singleQuotedValue(line, at + depth);
    if (quoted !== undefined)
      return { ...quoted, end: quoted.end - Math.min(depth, quoted.end - quoted.start) };
  }
  if (sign === '[' && depth === 0) return bracketedValue(line, at);
  if (sign === '{' && depth === 0)
    return text.startsWith('{{', at) ? bareValue(line, at, where) : changeAt(line, at);
  if (sign === '<' && depth === 0) return bracedText(line, at, where);
  return bareValue(line, at, where);
}

// `<nil>`, `<redacted>`.
function bracedText(line: Line, at: number, where: Where): Value {
  const [shown] = /^<[\w -]{1,40}>/.exec(line.text.slice(at, at + 42)) ?? [];
  if (shown === undefined) return bareValue(line, at, where);
  return { start: at, end: at + shown.length, next: at + shown.length, isQuoted: true };
}

// `{"old" -> "new"}`: how the registry's operator logs what has changed in a Deployment.
function changeAt(line: Line, open: number): Value | undefined {
  const { text } = line;
  if (text.charAt(open + 1) !== '"') return undefined;
  const old = quotedValue(line, open + 1, 0);
  if (!text.startsWith(' -> ', old.next) && old.next < line.end) return undefined;
  const close = text.indexOf('}', old.next + 4);
  const isLater = text.startsWith('"', old.next + 4);
  const end = isLater ? quotedValue(line, old.next + 4, 0).next : close === -1 ? line.end : close;
  return { start: open + 1, end: Math.min(end, line.end), next: end, isQuoted: true };
}

interface Found {
  readonly name: Name;
  readonly separator: Separator;
}

function takeValue(line: Line, { name, separator }: Found, find: Find): number | undefined {
  const { text } = line;
  const isList = text.charAt(separator.end) === '[';
  if (name.of === 'auth' && isList) return undefined;
  if (
    name.of === 'list' &&
    !(isList && /^\[\s{0,4}\\{0,8}"/.test(text.slice(separator.end, separator.end + 14)))
  )
    return undefined;
  const first =
    separator.sign === '>'
      ? elementText(line, separator.end)
      : valueAt(line, separator.end, whereOf(name, separator));
  if (first === undefined || first.end <= first.start) return undefined;
  const value = first.isQuoted ? first : widened(line, { name, separator }, first);
  if (value === undefined) return undefined;
  if (isNone(line, { name, separator }, value)) return undefined;
  find({ start: value.start, end: value.end, kind: kindOf(name) });
  return value.next;
}

function whereOf(name: Name, separator: Separator): Where {
  if (separator.isEncoded) return 'encoded';
  return name.isQuery ? 'query' : 'text';
}

function kindOf({ of, isQuery }: Name): string {
  if (of === 'auth' || of === 'pull-secret') return 'pull-secret';
  return isQuery ? 'url-parameter' : 'password';
}

// A document of YAML has its values to the end of the line, and a dump of Go up to the next name.
function widened(line: Line, { name, separator }: Found, value: Value): Value | undefined {
  const { text } = line;
  if (
    separator.sign === '=' &&
    ELEMENT_BEGINS.test(text.slice(Math.max(0, name.start - 8), name.start))
  ) {
    return elementOfArray(line, value);
  }
  if (separator.sign !== ':' || !separator.hasBlank || !name.beginsLine) return value;
  const first = text.slice(value.start, value.end);
  if (first.endsWith(':') || isWords(`${first} `, name.of)) return value;
  const limit = line.fieldEnd(value.start);
  END_OF_YAML.lastIndex = value.end;
  const found = END_OF_YAML.exec(text)?.index ?? limit;
  const shown = text.slice(value.start, Math.min(found, limit)).trimEnd();
  if (isSentence(text.slice(value.start, limit))) return undefined;
  const end = value.start + shown.length;
  return end > value.end ? { ...value, end, next: end } : value;
}

// `"Env":["A=b","DB_PASSWORD=two words"]`: up to the quote that ends the element.
const ELEMENT_BEGINS = /[[,]\s?(?:\\{0,4}")$/;
const ELEMENT_ENDS = /\\{0,8}"/g;

function elementOfArray({ text, end: limit }: Line, value: Value): Value {
  ELEMENT_ENDS.lastIndex = value.end;
  const end = ELEMENT_ENDS.exec(text)?.index ?? -1;
  return end === -1 || end > limit ? value : { ...value, end, next: end };
}

// The text of an element of XML: without the tag that ends it, it is none.
function elementText(line: Line, start: number): Value | undefined {
  const { text } = line;
  if (text.startsWith('<![CDATA[', start)) return bracketedValue(line, start + 8);
  const end = text.indexOf('<', start);
  if (end === -1 || text.charAt(end + 1) !== '/') return undefined;
  return { start, end, next: end, isQuoted: true };
}

// A comment, an escaped line feed, or the quote that ends the text that the document stands in.
const END_OF_YAML = /\s#|\\[nr]|\\{0,8}"/g;

function isNone(line: Line, { name, separator }: Found, value: Value): boolean {
  const shown = line.text.slice(value.start, value.end);
  if (shown.startsWith('[REDACTED:')) return true;
  const text = unwrapped(shown);
  if (isWords(text, name.of)) return true;
  if (name.of === 'auth') return !isPullSecret(text);
  if (name.of === 'code') return text.length < 16;
  // `{Username:bob Password: Token:}`, `password= user=bob`: that of another field.
  if (separator.hasBlank && !value.isQuoted && NEXT_NAME[separator.sign]?.test(text) === true) {
    return separator.sign === '=' || !name.beginsLine;
  }
  if (value.isQuoted || separator.sign !== ':') return false;
  // `password: strconv.Atoi: …`: errors, one behind the other.
  if (separator.hasBlank && shown.endsWith(':')) return true;
  if (separator.hasBlank && IS_SAID_OF.test(line.text.slice(value.end, value.end + 12)))
    return true;
  return separator.hasBlank && !separator.isNameQuoted && isProse(text, name, separator);
}

const NEXT_NAME: Partial<Record<Separator['sign'], RegExp>> = {
  '=': /^[A-Za-z_][\w.-]{0,40}=(?!=|$)/,
  ':': /^[A-Za-z_]\w{0,30}:(?!\/\/)/,
};

// `invalid token: selfsubjectreviews.authentication.k8s.io is forbidden`.
const IS_SAID_OF = /^\s(?:is|was|has|are|not|cannot|must|does)\b/;

// An array of one text is judged as that text is.
function unwrapped(shown: string): string {
  if (shown.length > WORDS_AT_MOST) return shown;
  return shown.replace(/^\s*\\*["']/, '').replace(/\\*["']\s*$/, '');
}

/** `invalid token: Unauthorized` is a sentence, `bindPassword: x` a field, and `token: 4f9…` a secret. */
function isProse(text: string, name: Name, { isBehindWord }: Separator): boolean {
  if (name.beginsLine || looksMade(text)) return false;
  return !name.isCompound && isBehindWord;
}

function isPullSecret(text: string): boolean {
  if (text.length > WORDS_AT_MOST) return !/\s/.test(text);
  return isUserAndPassword(text) || (text.length >= 20 && /\d/.test(text) && !/\s/.test(text));
}
