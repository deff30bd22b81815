import type { Line } from '../line.ts';
import type { Name } from './name.ts';
import type { Separator } from './separator.ts';
import { bracketedValue } from './value.ts';
import type { Value } from './value.ts';
import { isSentence, isHarmlessText } from './words.ts';

/** A name, and what stands between it and its value. */
export interface Field {
  readonly name: Name;
  readonly separator: Separator;
}

/**
 * A value without quotes as far as it really goes: in a document of YAML to the end of the line, in an
 * array of assignments to the quote that ends it. undefined for a sentence, which is no value.
 */
export function widened(line: Line, { name, separator }: Field, value: Value): Value | undefined {
  const { text } = line;
  const before = text.slice(Math.max(0, name.start - 8), name.start);
  if (separator.sign === '=' && ELEMENT_BEGINS.test(before)) return elementOfArray(line, value);
  if (separator.sign !== ':' || !separator.hasBlank || !name.beginsLine) return value;
  const first = text.slice(value.start, value.end);
  if (first.endsWith(':') || isHarmlessText(`${first} `, name.of)) return value;
  return valueOfYaml(line, value);
}

function valueOfYaml(line: Line, value: Value): Value | undefined {
  const { text } = line;
  const limit = line.fieldEnd(value.start);
  if (isSentence(text.slice(value.start, limit))) return undefined;
  END_OF_YAML.lastIndex = value.end;
  const found = END_OF_YAML.exec(text)?.index ?? limit;
  const end = value.start + text.slice(value.start, Math.min(found, limit)).trimEnd().length;
  return end > value.end ? { ...value, end, next: end } : value;
}

// A comment, an escaped line feed, or the quote that ends the text that the document stands in.
const END_OF_YAML = /\s#|\\[nr]|\\{0,8}"/g;

// `"Env":["A=b","DB_PASSWORD=two words"]`: up to the quote that ends the element.
const ELEMENT_BEGINS = /[[,]\s?\\{0,4}"$/;
const ELEMENT_ENDS = /\\{0,8}"/g;

function elementOfArray({ text, end: limit }: Line, value: Value): Value {
  ELEMENT_ENDS.lastIndex = value.end;
  const end = ELEMENT_ENDS.exec(text)?.index ?? -1;
  return end === -1 || end > limit ? value : { ...value, end, next: end };
}

/** The text of an element of XML: without the tag that ends it, it is none. */
export function elementText(line: Line, start: number): Value | undefined {
  const { text } = line;
  if (text.startsWith('<![CDATA[', start)) return bracketedValue(line, start + 8);
  const end = text.indexOf('<', start);
  const isTag = end !== -1 && end < line.fieldEnd(start) && text.charAt(end + 1) === '/';
  if (!isTag) return undefined;
  return { start, end, next: end, isQuoted: true };
}
