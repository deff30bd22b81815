/**
 * Whether a text is what a pattern says, in which each `*` stands for any characters, none included. Piece by
 * piece from the left: whoever chooses the pattern or the text, it costs no more than their lengths multiplied.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  return isMadeOf(pattern.split('*'), text);
}

/** The same as a test of many texts, such as each line of a log. No pattern: any text. */
export function wildcardMatcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  const pieces = pattern.split('*');
  return (text) => isMadeOf(pieces, text);
}

function isMadeOf([first = '', ...rest]: readonly string[], text: string): boolean {
  const last = rest.pop();
  if (last === undefined) return first === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
