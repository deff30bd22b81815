/**
 * Whether a text is what a pattern says, in which each `*` stands for any characters, none included. Piece by
 * piece from the left: whoever chooses the pattern or the text, it costs no more than their lengths multiplied.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The same as a test of many texts. No pattern: any text. */
export function wildcardMatcher(pattern: string | undefined): (text: string) => boolean {
  return pattern === undefined ? () => true : (text) => matchesWildcard(pattern, text);
}
