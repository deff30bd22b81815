import { AndFilter, EqualityFilter, Filter } from 'ldapts';
import type { BerWriter } from 'ldapts';

/** A part of a filter as it is sent (RFC 4511, 4.5.1.7): a tag, with parts of its own or with bytes. */
type Part =
  | { readonly tag: number; readonly parts: readonly Part[] }
  | { readonly tag: number; readonly bytes: Buffer };

const TAGS = {
  '&': 0xa0,
  '|': 0xa1,
  '!': 0xa2,
  '=': 0xa3,
  substrings: 0xa4,
  '>=': 0xa5,
  '<=': 0xa6,
  present: 0x87,
  '~=': 0xa8,
  extensible: 0xa9,
  text: 0x04,
  sequence: 0x30,
} as const;

/**
 * Compiles a search filter as OpenShift does, by the rules of Go's client (go-ldap, CompileFilter, with
 * which the tests' table was compared). They are RFC 4515's but for a few that are more lenient: sets may
 * be empty, attributes are what stands before the first operator. Brackets must balance, no blank may
 * stand around them, and a backslash is the escape of a byte. Undefined for what does not compile.
 */
export function compileFilter(text: string): Filter | undefined {
  try {
    expect(text, 0, '(');
    const { part, end } = readInside(text, 1);
    return end === text.length ? new CompiledFilter(part, text) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The filter by which OpenShift's OAuth server searches for a person who logs in, in the form in which
 * it is sent. The name is a value of its own there and never a part of a filter's text, so that no
 * sign in it means anything.
 */
export function filterFor(
  { filter, attribute }: { readonly filter: Filter; readonly attribute: string },
  name: string,
): Filter {
  const named = new EqualityFilter({ attribute, value: Buffer.from(name, 'utf8') });
  return new AndFilter({ filters: [filter, named] });
}

class CompiledFilter extends Filter {
  type = TAGS['&'];
  readonly #part: Part;
  readonly #text: string;

  constructor(part: Part, text: string) {
    super();
    this.#part = part;
    this.#text = text;
  }

  override write(writer: BerWriter): void {
    writePart(writer, this.#part);
  }

  override toString(): string {
    return this.#text;
  }
}

function writePart(writer: BerWriter, part: Part): void {
  if ('bytes' in part) {
    writer.writeBuffer(part.bytes, part.tag);
    return;
  }
  writer.startSequence(part.tag);
  for (const each of part.parts) writePart(writer, each);
  writer.endSequence();
}

interface Read {
  readonly part: Part;
  /** Where the next begins. */
  readonly end: number;
}

/** Reads what stands behind a bracket, with the bracket that ends it. */
function readInside(text: string, at: number): Read {
  switch (text[at]) {
    case '&':
    case '|':
      return readSet(text, at + 1, text[at] === '&' ? TAGS['&'] : TAGS['|']);
    case '!': {
      const { part, end } = readInside(text, at + 1);
      return { part: { tag: TAGS['!'], parts: [part] }, end };
    }
    case '(': {
      const { part, end } = readInside(text, at + 1);
      expect(text, end, ')');
      return { part, end: end + 1 };
    }
    default:
      return readTest(text, at);
  }
}

function readSet(text: string, from: number, tag: number): Read {
  const parts: Part[] = [];
  let end = from;
  while (text[end] === '(') {
    const item = readInside(text, end + 1);
    parts.push(item.part);
    end = item.end;
  }
  expect(text, end, ')');
  return { part: { tag, parts }, end: end + 1 };
}

function readTest(text: string, from: number): Read {
  const to = text.indexOf(')', from);
  if (to === -1) throw new SyntaxError('a bracket is missing');
  return { part: compileTest(text.slice(from, to)), end: to + 1 };
}

// The attribute ends at the first operator: a lone < > or ~ is a part of it.
const TEST = /^((?:(?!:|=|>=|<=|~=).)*)(:|=|>=|<=|~=)(.*)$/su;

function compileTest(text: string): Part {
  const [, attribute = '', operator = '', rest = ''] = TEST.exec(text) ?? [];
  switch (operator) {
    case '=':
      return equality(attribute, rest);
    case '>=':
    case '<=':
    case '~=':
      return { tag: TAGS[operator], parts: [textOf(attribute), valueOf(rest)] };
    case ':':
      return extensible(attribute, `:${rest}`);
    default:
      throw new SyntaxError('there is no operator');
  }
}

function equality(attribute: string, value: string): Part {
  if (value === '*') return { tag: TAGS.present, bytes: Buffer.from(attribute) };
  const pieces = value.split('*');
  if (pieces.length === 1) return { tag: TAGS['='], parts: [textOf(attribute), valueOf(value)] };
  const last = pieces.length - 1;
  const parts = pieces.flatMap((piece, index) => {
    const kind = index === 0 ? 0 : index === last ? 2 : 1;
    return piece === '' ? [] : [valueOf(piece, 0x80 + kind)];
  });
  return { tag: TAGS.substrings, parts: [textOf(attribute), { tag: TAGS.sequence, parts }] };
}

function extensible(attribute: string, text: string): Part {
  const ofDn = text.startsWith(':dn:');
  const rest = text.slice(ofDn ? 4 : 1);
  // A rule, and := behind it; or only the =, where there is none.
  const isPlain = rest.startsWith('=');
  const at = rest.indexOf(':=');
  const rule = isPlain ? '' : rest.slice(0, at === -1 ? undefined : at);
  const value = isPlain ? rest.slice(1) : at === -1 ? '' : rest.slice(at + 2);
  const named = [
    ...(rule === '' ? [] : [textOf(rule, 0x81)]),
    ...(attribute === '' ? [] : [textOf(attribute, 0x82)]),
  ];
  // Go’s client writes true so, which no directory minds.
  const flag = ofDn ? [{ tag: 0x84, bytes: Buffer.of(1) }] : [];
  return { tag: TAGS.extensible, parts: [...named, valueOf(value, 0x83), ...flag] };
}

function textOf(text: string, tag: number = TAGS.text): Part {
  return { tag, bytes: Buffer.from(text) };
}

/** A value's bytes, with those that are escaped (`\2a`) in their place. */
function valueOf(text: string, tag: number = TAGS.text): Part {
  if (/\\(?![\da-f]{2})/i.test(text)) throw new SyntaxError('a backslash is no escape');
  const pieces = text.split(/\\([\da-f]{2})/i);
  const bytes = pieces.map((each, index) => Buffer.from(each, index % 2 === 0 ? 'utf8' : 'hex'));
  return { tag, bytes: Buffer.concat(bytes) };
}

function expect(text: string, at: number, sign: string): void {
  if (text[at] !== sign) throw new SyntaxError(`"${sign}" is missing`);
}
