import { RE2JS } from 're2js';
import { errorMessage } from '../../domain/errors.ts';

const LENGTH_AT_MOST = 500;
/** RE2 may try each instruction at each character. `x{500}` is 500 instructions. */
const SIZE_AT_MOST = 500;

/**
 * Why a text cannot be used as a pattern of secrets; undefined if it can. Patterns have the syntax of RE2
 * (https://github.com/google/re2/wiki/Syntax). Look-around and back references are refused, because no engine
 * matches them in linear time. So are patterns that are too big. The message quotes nothing of the text, which
 * may be the secret itself.
 */
export function patternProblem(source: string): string | undefined {
  if (source.length > LENGTH_AT_MOST) return `is longer than ${LENGTH_AT_MOST} characters`;
  try {
    const pattern = RE2JS.compile(RE2JS.translateRegExp(source));
    const size = pattern.programSize();
    if (size > SIZE_AT_MOST) {
      return `is too big (${size} steps, at most ${SIZE_AT_MOST}): repeat less often, {8,} instead of {8,200}`;
    }
    return pattern.test('') ? 'matches an empty text: it would match everywhere' : undefined;
  } catch (error) {
    const why = regExpProblem(source) ?? reasonOf(error);
    return NOT_LINEAR.test(source)
      ? `uses look-around or a back-reference, which can take forever on a long line: write it without (?=, (?!, (?<=, (?<! and \\1`
      : `is no regular expression: ${why}`;
  }
}

/** The problem in words that people know; undefined if only RE2 has a problem with it. */
function regExpProblem(source: string): string | undefined {
  try {
    return RegExp(source) instanceof RegExp ? undefined : 'unknown';
  } catch (error) {
    return reasonOf(error);
  }
}

// `Invalid regular expression: /…/: Unterminated group`, ``error parsing regexp: missing closing ): `…` ``
function reasonOf(error: unknown): string {
  const message = errorMessage(error, 'unknown');
  return message.replace(/^Invalid regular expression: .*: /s, '').replace(/: `.*`$/s, '');
}

const NOT_LINEAR = /\(\?<?[=!]|\\[1-9]|\\k</;
