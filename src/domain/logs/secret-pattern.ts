import { RE2JS } from 're2js';

const LENGTH_AT_MOST = 500;

/**
 * Why a text cannot be used as a pattern of secrets; undefined for one that can. Patterns are those of
 * RE2 (https://github.com/google/re2/wiki/Syntax): no look-around and no references back, which no
 * engine can match in a time that grows with the line and no faster.
 */
export function whyNoPattern(source: string): string | undefined {
  if (source.length > LENGTH_AT_MOST) return `is longer than ${LENGTH_AT_MOST} characters`;
  try {
    const matchesAll = RE2JS.compile(RE2JS.translateRegExp(source)).test('');
    return matchesAll ? 'matches an empty text: it would match everywhere' : undefined;
  } catch (error) {
    const why = whyNoRegExp(source) ?? (error instanceof Error ? error.message : 'unknown');
    return NOT_LINEAR.test(source)
      ? `looks around or back, which can take for ever on a long line: write it without (?=, (?!, (?<=, (?<! and \\1`
      : `is no regular expression: ${why}`;
  }
}

/** In the words that people know; undefined where only RE2 does not know it. */
function whyNoRegExp(source: string): string | undefined {
  try {
    return RegExp(source) instanceof RegExp ? undefined : 'unknown';
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown';
  }
}

const NOT_LINEAR = /\(\?<?[=!]|\\[1-9]|\\k</;
