import { isMixed, keyPayload } from './key-payload.ts';
import { isRequestLine } from './line.ts';
import type { Line } from './line.ts';
import type { Find } from './spans.ts';

// PEM and OpenPGP; SSH2 (RFC 4716); what PuTTY writes.
const KEY_BEGINS =
  /-----BEGIN(?: |\+|%20)(?:[A-Z0-9 +%]{0,40}PRIVATE(?: |\+|%20)KEY(?: BLOCK)?|PGP MESSAGE)-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----|Private-Lines: \d{1,4}(?=\s*$)/g;
const KEY_ENDS =
  /-----END [A-Z0-9 ]{0,40}(?:PRIVATE KEY(?: BLOCK)?|PGP MESSAGE)-----|---- END SSH2 ENCRYPTED PRIVATE KEY ----|Private-MAC: /;
// What stands before the first line of an encrypted or an armoured key.
const HEADER =
  /^[\s>|"']{0,60}(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Key-ID|X-[\w-]{1,40}): ?.{0,200}$/;
// Behind what programs put before each line: indentation, a comment, a diff, a runtime, klog. Before what
// sources put behind one.
const BODY =
  /^(?:stdout [FP] |stderr [FP] |[IWEF]\d{4} [\d:.]{8,20}\s{1,10}\d{1,7} [\w.-]{1,60}:\d{1,6}\] )?[\s>|"'#*+-]{0,60}([\w+/-]+={0,3}|=[A-Za-z0-9+/]{4})(?:\\{0,8}n)?\\{0,2}[",']{0,2}(?: \+)?[;\s]*$/;
const LONG_AT_LEAST = 16;
/** The last line of a key may be short; one word of a program may look so, and no second. */
const SHORT_BODY = /^[A-Z\d+/=a-z]*[A-Z=]/;
/** `ImageRegistryController`: a word of a program, however long. */
const JOINED_WORDS = /^[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*$/;
const NOTHING_BEHIND = /^(?:\\{0,8}n)?["']?\s*[+,]?\s*$/;
const LOGRUS_MESSAGE =
  /^time="[^"]{0,60}" level=\w{1,10} msg=(?:"[^"\\]{1,120}"|[\w+/]{1,120}(?=\s|$))/;
const KEY_AS_MESSAGE =
  /^time="[^"]{0,60}" level=\w{1,10} msg="-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"$/;
/** Behind the message of a line of JSON: other fields. */
const FIELDS_BEHIND = /^(?:\\{1,8}[rn]){0,2}"(?:,"[^\\]{0,1000})?\}\s*$/;
const LOGFMT_BEFORE = /(?:^|\s)(?:msg|message)="$/;
const LOGFMT_BEHIND = /^(?:\\{1,8}[rn]){0,2}" [\w.-]{1,60}=/;
/** Of a key whose beginning was not seen. */
const STRICT_BODY = /^\s{0,60}[A-Za-z0-9+/]{60,}={0,2}\s*$/;
const HEADER_IN_LINE =
  /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\\"']{0,200}(?:\\{1,8}r)?\\{1,8}n/y;

/**
 * Finds the private keys that begin in a line: as much as has the form of one. Returns whether the line
 * ends inside a key, so that the next may go on with it.
 */
export function findKeys(line: Line, find: Find): boolean {
  const { text } = line;
  let isOpen = false;
  KEY_BEGINS.lastIndex = line.from;
  for (let match = KEY_BEGINS.exec(text); match !== null; match = KEY_BEGINS.exec(text)) {
    const start = KEY_BEGINS.lastIndex;
    const end = bodyEnd(line, start);
    if (/[\w+/]{4}/.test(text.slice(start, end))) find({ start, end, kind: 'private-key' });
    isOpen = isOpenAfter(line, end) || isWholeMessage(line, match.index, end);
    KEY_BEGINS.lastIndex = Math.max(start, end);
  }
  return isOpen;
}

function isOpenAfter({ text, from, end, isRequest }: Line, at: number): boolean {
  if (isRequest) return KEY_AS_MESSAGE.test(text.slice(from, Math.min(at + 1, from + 200)));
  if (NOTHING_BEHIND.test(text.slice(at, Math.min(end, at + 40)))) return true;
  return text.charAt(from) === '{' && FIELDS_BEHIND.test(text.slice(at, Math.min(end, at + 1_100)));
}

// `level=INFO msg="…" component=x`: what a stranger sends stands in other fields, and begins with no quote of its own.
function isWholeMessage({ text, from, end, isRequest }: Line, begin: number, at: number): boolean {
  if (isRequest || !LOGFMT_BEFORE.test(text.slice(Math.max(from, begin - 12), begin))) return false;
  return LOGFMT_BEHIND.test(text.slice(at, Math.min(end, at + 100)));
}

/** Whether a line goes on with a key, and what of it is secret. `isSure`: only what can be nothing else. */
export function keyLine(
  line: Line,
  isStrict: boolean,
): {
  readonly isKey: boolean;
  readonly isLast?: boolean;
  /** It may be the last one. */
  readonly isShort?: boolean;
  readonly body?: readonly [number, number];
} {
  const { text, from, end } = line;
  const content = text.slice(from, end);
  if (isRequestLine(content)) return messageLine(content, from, isStrict);
  if (isStrict && (!STRICT_BODY.test(content) || !isMixed(content)))
    return payloadLine(content, from, isStrict);
  if (KEY_ENDS.test(content)) return { isKey: true, isLast: true };
  if (content.trim() === '' || HEADER.test(content)) return { isKey: true };
  return bodyLine(content, from);
}

function bodyLine(content: string, from: number): ReturnType<typeof keyLine> {
  const [, body] = BODY.exec(content) ?? [];
  if (body === undefined) return payloadLine(content, from, false);
  if (body.length >= LONG_AT_LEAST && isProgramWord(body)) return { isKey: false };
  const start = from + content.lastIndexOf(body);
  const isShort = body.length < LONG_AT_LEAST && !body.startsWith('=');
  if (isShort && !SHORT_BODY.test(body)) return { isKey: false };
  return { isKey: true, isShort, body: [start, start + body.length] };
}

function isProgramWord(body: string): boolean {
  return JOINED_WORDS.test(body) || (!/[A-Z]/.test(body) && !body.endsWith('='));
}

// The message of logrus is the program's own; what a request says stands in other fields.
function messageLine(content: string, from: number, isStrict: boolean): ReturnType<typeof keyLine> {
  const [message = ''] = LOGRUS_MESSAGE.exec(content) ?? [];
  if (!isStrict && KEY_ENDS.test(message)) return { isKey: true, isLast: true };
  return payloadLine(message, from, isStrict);
}

function payloadLine(content: string, from: number, isStrict: boolean): ReturnType<typeof keyLine> {
  const payload = keyPayload(content, isStrict);
  if (payload === undefined) return { isKey: false };
  return { isKey: true, body: [from + payload[0], from + payload[1]] };
}

// Base64, with the line breaks between it, escaped or as blanks.
function bodyEnd({ text, end: limit }: Line, start: number): number {
  let end = start;
  while (end < limit) {
    const next = stepOver(text, end);
    if (next === end) break;
    end = next;
  }
  return Math.min(end, limit);
}

function stepOver(text: string, at: number): number {
  HEADER_IN_LINE.lastIndex = at;
  if (HEADER_IN_LINE.test(text)) return HEADER_IN_LINE.lastIndex;
  PIECE.lastIndex = at;
  return PIECE.test(text) ? PIECE.lastIndex : at;
}

// Some write base64url.
const PIECE =
  /(?:[\w+/]|-(?!-)){4,}={0,3}|\\{1,8}(?:[nrt]|u000[ad])|%0[AD]|<br ?\/?>|=[A-Za-z0-9+/]{4}(?![\w+/])|[\w+/]{1,3}={0,3}(?=\\|-----END|["'<%]|$)|\s{1,4}(?=[\w+/]{16}|[\w+/]{1,15}={1,2}|-----END|=[A-Za-z0-9+/]{4}\s?-----END)/y;
