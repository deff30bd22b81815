const QUOTE = 0x22;
const BLANK = 0x20;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** The positions of values in a line: begin and end of field `i` at `2 * i`; -1 if it is missing. */
export type Spans = Int32Array;

/**
 * Makes a reader of the fields with these names, for lines as logrus writes them (`key=value key="va\"lue"`).
 * It fills in `spans` up to the field number `last`, or up to the first text that is not of this form (a line
 * that was cut).
 * Values are raw: see {@link unquote}. A client may send any text, but text inside quotes is never read as a
 * field. It works on bytes: a collection calls it for a third of its lines, and a string for each would cost
 * more than reading it.
 */
export function createFieldReader(names: readonly string[]) {
  const keysOfLength: Key[][] = [];
  for (const [field, name] of names.entries()) {
    (keysOfLength[name.length] ??= []).push({ field, bytes: Buffer.from(name) });
  }
  return (line: Buffer, spans: Spans, last = -1): void => {
    spans.fill(-1);
    let at = 0;
    while (at < line.length) {
      const equals = indexOf(line, EQUALS, at);
      const end = endOfValue(line, equals + 1);
      if (end === -1) return;
      const field = fieldAt(line, at, keysOfLength[equals - at]);
      if (field !== -1) {
        spans[2 * field] = equals + 1;
        spans[2 * field + 1] = end;
        if (field === last) return;
      }
      at = end + 1;
    }
  };
}

/** A value without its quotes and escapes, which are those of Go's `%q`. */
export function unquote(raw: string): string {
  if (!raw.startsWith('"')) return raw;
  const inner = raw.slice(1, -1);
  return inner.includes('\\') ? inner.replaceAll(ESCAPE, unescape) : inner;
}

interface Key {
  readonly field: number;
  readonly bytes: Buffer;
}

function fieldAt(line: Buffer, at: number, keys: readonly Key[] | undefined): number {
  if (keys === undefined) return -1;
  for (const key of keys) if (isKey(line, key, at)) return key.field;
  return -1;
}

function isKey(line: Buffer, { bytes }: Key, at: number): boolean {
  // From the end: many names begin alike.
  for (let i = bytes.length - 1; i >= 0; i--) if (line[at + i] !== bytes[i]) return false;
  return true;
}

function endOfValue(line: Buffer, start: number): number {
  if (start === 0) return -1;
  if (line[start] !== QUOTE) {
    const blank = indexOf(line, BLANK, start);
    return blank === -1 ? line.length : blank;
  }
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === BACKSLASH) at++;
    else if (line[at] === QUOTE) return at + 1;
  }
  return -1;
}

// Buffer's own indexOf costs more than a search through a short field.
function indexOf(line: Buffer, byte: number, from: number): number {
  for (let at = from; at < line.length; at++) if (line[at] === byte) return at;
  return -1;
}

const ESCAPE = /\\(?:x[0-9a-f]{2}|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gi;

const LETTERS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

// `\xNN` stands for a byte that was no UTF-8.
function unescape(_all: string, short?: string, long?: string, letter?: string): string {
  if (letter !== undefined) return LETTERS[letter] ?? letter;
  const code = Number.parseInt(short ?? long ?? 'fffd', 16);
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
}
