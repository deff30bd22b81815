import { RE2JS } from 're2js';
import { LINE_TIME } from '../../domain/redact/node-time.ts';
import { mark } from '../../domain/redact/spans.ts';
import { PurserError } from '../../domain/errors.ts';
import { patternProblem } from '../model/secret-pattern.ts';

/** Applies the administrator's own patterns to whole lines, and calls `count` for each hit. */
export type CustomPatterns = (block: Buffer, count: (kind: string) => void) => Buffer;

/**
 * Prepares the administrator's own patterns; undefined if there are none. Each one is tried on every line, and
 * all that it matches is removed. RE2 runs them in linear time; a pattern of RegExp may take for ever and
 * cannot be stopped. Throws `NotConfigured` for a pattern that cannot be used.
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
  // In a line one character stands for one byte, so the pattern must be written in the same form.
  return RE2JS.compile(RE2JS.translateRegExp(Buffer.from(source, 'utf8').toString('latin1')));
}

function replaceAll(
  line: string,
  patterns: readonly RE2JS[],
  count: (kind: string) => void,
): string {
  // A pattern never removes the time that the API server puts before a line.
  const [time = ''] = LINE_TIME.exec(line) ?? [];
  let text = line.slice(time.length);
  for (const pattern of patterns) {
    // Much faster than searching for the position of a match.
    if (pattern.test(text)) text = replaceOne(text, pattern, count);
  }
  return time + text;
}

// Each hit may cost a scan of the rest of the line. Example: `A.*B|c` in a line of many `Ac`. So a line has a
// limited number of hits: fewer in a longer line, but at least 16. From the last one on, the rest of the line
// is removed.
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
