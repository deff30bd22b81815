import { RE2JS } from 're2js';
import { LINE_TIME } from '../../domain/redact/node-time.ts';
import { mark } from '../../domain/redact/spans.ts';
import { PurserError } from '../../domain/errors.ts';
import { patternProblem } from '../model/secret-pattern.ts';

/** Applies patterns of one's own to whole lines; tells `count` of each hit. */
export type CustomPatterns = (block: Buffer, count: (kind: string) => void) => Buffer;

/**
 * Prepares patterns of one's own; undefined if there are none. Each is tried on every line, and
 * all that it matches goes. They run in RE2's manner, in a time that grows with the line and no
 * faster: a pattern of RegExp can take for ever and cannot be stopped. Throws `NotConfigured` for one
 * that cannot be used.
 */
export function createCustomPatterns(sources: readonly string[]): CustomPatterns | undefined {
  if (sources.length === 0) return undefined;
  const patterns = sources.map(compile);
  return (block, count) => {
    const text = block.toString('latin1');
    const result = text
      .split('\n')
      .map((line) => replaceAll(line, patterns, count))
      .join('\n');
    return result === text ? block : Buffer.from(result, 'latin1');
  };
}

function compile(source: string, index: number): RE2JS {
  const why = patternProblem(source);
  if (why !== undefined) throw new PurserError('NotConfigured', `logs.redact[${index}]: ${why}`);
  // Lines are a byte a character here, so a pattern must be as well.
  return RE2JS.compile(RE2JS.translateRegExp(Buffer.from(source, 'utf8').toString('latin1')));
}

function replaceAll(
  line: string,
  patterns: readonly RE2JS[],
  count: (kind: string) => void,
): string {
  // The time that the API server puts before a line is not the pattern's to take.
  const [time = ''] = LINE_TIME.exec(line) ?? [];
  let text = line.slice(time.length);
  for (const pattern of patterns) {
    // Much faster than looking for where it matches.
    if (pattern.test(text)) text = replaceOne(text, pattern, count);
  }
  return time + text;
}

// For each hit the rest of the line may be gone through: `A.*B|c` in a line of many `Ac`. So a line has
// no more hits than make up some characters, but a few always; behind them all goes.
const CHARACTERS_AT_MOST = 2_000_000;
const HITS_AT_LEAST = 16;

function replaceOne(text: string, pattern: RE2JS, count: (kind: string) => void): string {
  const matcher = pattern.matcher(text);
  let result = '';
  let copied = 0;
  let left = Math.max(HITS_AT_LEAST, Math.floor(CHARACTERS_AT_MOST / text.length));
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue;
    count('custom');
    left -= 1;
    if (left === 0) return result + text.slice(copied, matcher.start()) + mark('custom');
    result += text.slice(copied, matcher.start()) + mark('custom');
    copied = matcher.end();
  }
  return result + text.slice(copied);
}
