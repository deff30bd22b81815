import { replaceUnseen } from '../subject.ts';

const SHOWN_AT_MOST = 200;

/**
 * A text that a stranger may have written, fit for a message, a report and a terminal: at most 200
 * characters (or `atMost`), and what cannot be seen is written out. For people only: whatever compares
 * names compares them as they are.
 */
export function shown(text: string, atMost = SHOWN_AT_MOST): string {
  // Cut before it is looked at: it may be of any length, and written out it only gets longer.
  const seen = visible(text.slice(0, atMost + 1));
  return cut(seen, atMost);
}

/**
 * A text with what cannot be seen (control characters, zero-width ones, those that turn the direction
 * of writing) written as `\u{202e}`. What only breaks a line becomes a blank.
 */
export function visible(text: string): string {
  return visibleBut(text.replaceAll(/\r?\n/g, ' '));
}

/** The same, but for characters that are to stay, such as line breaks. */
export function visibleBut(text: string, staying = ''): string {
  return replaceUnseen(text.toWellFormed(), (each) =>
    staying.includes(each) ? each : writtenOut(each),
  );
}

/** The text where it has at most so many characters, and else its beginning with `…`. */
export function cut(text: string, atMost: number): string {
  if (text.length <= atMost) return text;
  return `${text.slice(0, atMost - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function writtenOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
