// The form of the times that the API server puts before each line, in one place: whoever reads a line has
// to agree on where it begins.

const SECOND = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`;
const FRACTION = String.raw`\d{1,9}`;
const ZONE = String.raw`Z|[+-]\d\d:\d\d`;
const TIME = String.raw`${SECOND}(?:\.${FRACTION})?(?:${ZONE})`;

/** The time of a line, with the blank behind it. */
export const LINE_TIME = new RegExp(`^${TIME} `);

/** A time by itself; its groups: up to the second, the fraction's digits, the zone. */
export const TIME_PARTS = new RegExp(`^(${SECOND})(?:\\.(${FRACTION}))?(${ZONE})$`);

/**
 * No runtime writes smaller pieces of a line (8 KB is the smallest that is known), but what is taken out
 * makes a line shorter.
 */
export const PIECE_AT_LEAST = 2_048;

/** What such a time cannot do without, quickly found. */
const HINT = /T\d\d:\d\d:\d\d[.\d]{0,10}[Z+-][\d:]{0,5} /g;
const ANYWHERE = new RegExp(`${TIME} `, 'g');
const INSIDE_WORD = new RegExp(String.raw`(?<=[^\s"'=([{,:])${TIME} (?=\S)`, 'g');

/**
 * A line, or the end of one, without the times that older kubelets put into the middle of a line that the
 * runtime has written in pieces, and so into the middle of a token or a name. In a line that is too short
 * to be in pieces only where a word is parted: there a program may have written the time. The very same
 * text where there is none.
 */
export function withoutPieceTimes(
  text: string,
  isInPieces = text.length >= PIECE_AT_LEAST,
): string {
  HINT.lastIndex = 0;
  if (!HINT.test(text)) return text;
  return text.replaceAll(isInPieces ? ANYWHERE : INSIDE_WORD, '');
}
