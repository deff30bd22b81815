/**
 * The offset at which encoding/json stops in invalid JSON: the number of bytes up to and including the
 * first wrong one, or all bytes if the text ends too early. Undefined for valid JSON. One character a byte
 * (latin1).
 */
export function firstBadByte(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const end = skipSpace(text, valueEnd(text, 0));
    const stop = end >= 0 ? end : -end - 1;
    return Math.min(stop + 1, text.length);
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const WORDS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** The index after what matches at `at`; `at` if nothing does. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** A negative index means that the value is invalid: `-(index of the bad byte) - 1`. */
function bad(at: number): number {
  return -at - 1;
}

function skipSpace(text: string, at: number): number {
  return at < 0 ? at : after(SPACE, text, at);
}

function valueEnd(text: string, from: number): number {
  const at = skipSpace(text, from);
  const first = text.charAt(at);
  if (first === '{' || first === '[') {
    return compoundEnd(text, at + 1, first === '{');
  }
  if (first === '"') {
    return stringEnd(text, at);
  }
  const word = WORDS[first];
  if (word !== undefined) {
    return wordEnd(text, at, word);
  }
  const end = after(NUMBER, text, at);
  return end === at ? bad(first === '-' ? at + 1 : at) : end;
}

function stringEnd(text: string, at: number): number {
  const end = after(STRING, text, at);
  if (text.charAt(end) === '"') {
    return end + 1;
  }
  return bad(text.charAt(end) === '\\' ? end + 1 : end);
}

function wordEnd(text: string, at: number, word: string): number {
  for (let index = 0; index < word.length; index += 1) {
    if (text.charAt(at + index) !== word.charAt(index)) {
      return bad(at + index);
    }
  }
  return at + word.length;
}

function compoundEnd(text: string, from: number, isObject: boolean): number {
  const close = isObject ? '}' : ']';
  let at = skipSpace(text, from);
  if (text.charAt(at) === close) {
    return at + 1;
  }
  for (;;) {
    at = skipSpace(text, isObject ? memberEnd(text, at) : valueEnd(text, at));
    if (at < 0) {
      return at;
    }
    const next = text.charAt(at);
    if (next !== ',') {
      return next === close ? at + 1 : bad(at);
    }
    at = skipSpace(text, at + 1);
  }
}

function memberEnd(text: string, at: number): number {
  if (text.charAt(at) !== '"') {
    return bad(at);
  }
  const colon = skipSpace(text, stringEnd(text, at));
  if (colon < 0) {
    return colon;
  }
  return text.charAt(colon) === ':' ? valueEnd(text, colon + 1) : bad(colon);
}
