import { replaceInvisible } from '../subject.ts';

const SHOWN_AT_MOST = 200;

/**
 * An untrusted text, made safe for a message, a report and a terminal: at most 200 characters (or
 * `atMost`), with invisible characters escaped. For display only: names are compared unchanged.
 */
export function shown(text: string, atMost = SHOWN_AT_MOST): string {
  // Cut first: it may be of any length, and escaping only makes it longer.
  return cut(visible(text.slice(0, atMost + 1)), atMost);
}

/**
 * A text with its invisible characters (control, zero-width and direction characters) escaped as
 * `\u{202e}`. Line breaks become blanks.
 */
export function visible(text: string): string {
  return visibleExcept(text.replaceAll(/\r?\n/g, ' '));
}

/** The same, except for characters that stay unchanged, such as line breaks. */
export function visibleExcept(text: string, except = ''): string {
  return replaceInvisible(text.toWellFormed(), (each) =>
    except.includes(each) ? each : escaped(each),
  );
}

/** The text if it has at most `atMost` characters, otherwise its beginning with `…`. */
export function cut(text: string, atMost: number): string {
  if (text.length <= atMost) return text;
  return `${text.slice(0, atMost - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
