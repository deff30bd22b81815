import { AndFilter, EqualityFilter, Filter } from 'ldapts';
import type { BerWriter } from 'ldapts';
import { compileTest, TAGS } from './filter-parts.ts';
import type { Part } from './filter-parts.ts';

/**
 * Compiles a search filter as OpenShift does, by the rules of Go's client (go-ldap, CompileFilter). The
 * table in the tests was compared with that client. The rules are those of RFC 4515, but more lenient in
 * three points: a set may be empty, an attribute is all before the first operator, and any byte ends a set.
 * Brackets must match, no blank may stand around them, and a backslash begins the escape of a byte.
 * Undefined if the filter does not compile.
 */
export function compileFilter(text: string): Filter | undefined {
  // Go's sign for bytes that are not valid UTF-8.
  if (text.includes('\u{fffd}')) return undefined;
  // Go counts in bytes: any byte ends a set, even half a letter.
  const bytes = Buffer.from(text).toString('latin1');
  try {
    if (!bytes.startsWith('(')) return undefined;
    const { part, end } = readInside(bytes, 1);
    return end === bytes.length ? new CompiledFilter(part, text) : undefined;
  } catch (error) {
    // A RangeError: the brackets are nested too deeply for the stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * The filter by which OpenShift's OAuth server searches for a person who logs in, as it is sent. The name
 * is a value of its own and never part of the filter's text, so no character in it has a special meaning.
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

interface ParsedPart {
  readonly part: Part;
  /** The offset of the next part. */
  readonly end: number;
}

/** Reads the text after a bracket, up to the bracket that closes it. */
function readInside(text: string, at: number): ParsedPart {
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
      return { part, end: pastEnd(text, end) };
    }
    default:
      return readTest(text, at);
  }
}

function readSet(text: string, from: number, tag: number): ParsedPart {
  const parts: Part[] = [];
  let end = from;
  while (text[end] === '(') {
    const item = readInside(text, end + 1);
    parts.push(item.part);
    end = item.end;
  }
  return { part: { tag, parts }, end: pastEnd(text, end) };
}

function readTest(text: string, from: number): ParsedPart {
  const to = text.indexOf(')', from);
  if (to === -1) throw new SyntaxError('a bracket is missing');
  const inside = Buffer.from(text.slice(from, to), 'latin1').toString('utf8');
  return { part: compileTest(inside), end: to + 1 };
}

// Go's client only requires a byte at the place of the closing bracket, not the bracket itself.
function pastEnd(text: string, at: number): number {
  if (at >= text.length) throw new SyntaxError('a bracket is missing');
  return at + 1;
}
