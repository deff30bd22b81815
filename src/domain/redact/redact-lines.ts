import { findArguments } from './commands.ts';
import { findFields } from './fields/fields.ts';
import { findKeys, keyLine } from './keys.ts';
import { withoutPieceTimes } from './node-time.ts';
import { lineOf } from './line.ts';
import type { Line } from './line.ts';
import { findPairs, isSecretName, NAME_AT_END } from './pairs.ts';
import { findShapes } from './shapes.ts';
import { cutOut } from './spans.ts';
import type { Span } from './spans.ts';
import { findUrlCredentials } from './urls.ts';
import { valueAt } from './fields/value-at.ts';
import { isHarmlessText } from './fields/words.ts';

/**
 * What a redactor knows of the lines before: `key`, the last was of a private key; `value`, it named a
 * secret variable; `text`, its field has its value in the next line; `perhaps-key`, it was not seen.
 */
export const MEMORIES = ['key', 'value', 'text', 'perhaps-key'] as const;
export type Memory = (typeof MEMORIES)[number];

/** Takes secrets out of the lines of one log, one after the other. */
export interface LineRedactor {
  /** Takes a line without its line feed; returns it without its secrets, else the very same. */
  line(text: string): string;
  /** Whether the next line is to be looked at, whatever is in it. */
  isWatching(): boolean;
  memory(): Memory | undefined;
  /** Lines are missing before the next one. */
  skip(): void;
}

/** `count` is told the kind of each secret that is taken out. */
export function createLineRedactor(count: (kind: string) => void, from?: Memory): LineRedactor {
  let memory = from;
  return {
    line: (text) => {
      const line = lineOf(text);
      const continuation = memory === undefined ? undefined : continueFrom(line, memory);
      memory = continuation?.memory;
      if (continuation?.span !== undefined) return cutOut(text, [continuation.span], count);
      if (continuation?.isUnchanged === true) return text;
      const result = redactLine(line, count);
      memory = result.memory ?? continuation?.memory;
      return result.text;
    },
    isWatching: () => memory !== undefined,
    memory: () => memory,
    skip: () => void (memory = 'perhaps-key'),
  };
}

/** A text of any number of lines without what looks like a secret. */
export function withoutSecrets(text: string): string {
  const redactor = createLineRedactor(() => {});
  return text
    .split('\n')
    .map((line) => redactor.line(line))
    .join('\n');
}

function redactLine(
  line: Line,
  count: (kind: string) => void,
): { readonly text: string; readonly memory: Memory | undefined } {
  const whole = withoutInnerTimes(line);
  const spans: Span[] = [];
  const find = (span: Span) => void spans.push(span);
  const isInKey = findKeys(whole, find);
  findFields(whole, find);
  findPairs(whole, find);
  findUrlCredentials(whole, find);
  findShapes(whole, find);
  findArguments(whole, find);
  const memory = isInKey ? 'key' : memoryOf(whole);
  if (spans.length === 0) return { text: line.text, memory };
  return { text: cutOut(whole.text, spans, count), memory };
}

interface Continuation {
  readonly memory: Memory | undefined;
  readonly span?: Span;
  readonly isUnchanged?: boolean;
}

/** Reads a line by what was before it; one that does not go on with that is looked at as any other. */
function continueFrom(line: Line, memory: Memory): Continuation {
  return memory === 'key' || memory === 'perhaps-key'
    ? continueKey(line, memory === 'perhaps-key')
    : continueValue(line, memory === 'value');
}

function continueKey(line: Line, isStrict: boolean): Continuation {
  const { isKey, isLast, isShort, body } = keyLine(line, isStrict);
  // Another program's line may stand between two of a key.
  if (!isKey) return { memory: isStrict ? undefined : 'perhaps-key' };
  if (isLast === true) return { memory: undefined, isUnchanged: true };
  const memory = isShort === true ? 'perhaps-key' : 'key';
  if (body === undefined) return { memory, isUnchanged: true };
  return { memory, span: { start: body[0], end: body[1], kind: 'private-key' } };
}

function continueValue(line: Line, isNamed: boolean): Continuation {
  const [before] = (isNamed ? VALUE : BLOCK).exec(line.text.slice(line.from, line.end)) ?? [];
  if (before === undefined) return { memory: undefined };
  const start = line.from + before.length;
  const value = isNamed ? valueAt(line, start) : { start, end: line.end };
  if (value === undefined || value.end <= value.start) return { memory: undefined };
  const { end } = value;
  if (isHarmlessText(line.text.slice(start, end), 'secret')) return { memory: undefined };
  return { memory: undefined, span: { start: value.start, end, kind: 'password' } };
}

const VALUE = /^[\s-]{0,60}["']?value["']?\s{0,3}[:=]\s{0,3}/i;
const BLOCK = /^\s{1,60}(?=\S)/;
const BLOCK_BEGINS = /([\w.-]{2,80})["']?:\s{1,4}[|>][+-]?\s*$/;

function memoryOf({ text, from, end }: Line): Memory | undefined {
  const tail = text.slice(Math.max(from, end - 200), end);
  const [, named] = text.length - from > 400 ? [] : (NAME_AT_END.exec(tail) ?? []);
  if (named !== undefined && isSecretName(named)) return 'value';
  const [, blockName] = /[|>][+-]?\s*$/.test(tail.slice(-8)) ? (BLOCK_BEGINS.exec(tail) ?? []) : [];
  return blockName !== undefined && isSecretName(blockName) ? 'text' : undefined;
}

function withoutInnerTimes(line: Line): Line {
  const content = line.text.slice(line.from);
  const whole = withoutPieceTimes(content);
  return whole.length === content.length ? line : lineOf(line.text.slice(0, line.from) + whole);
}
