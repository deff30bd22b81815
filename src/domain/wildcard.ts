/**
 * Whether a text matches a pattern in which each `*` matches any number of characters. It searches piece by
 * piece from the left, so that the cost is at most the product of both lengths, even for hostile input.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  return matchesPieces(pattern.split('*'), text);
}

/** The same for many texts, such as the lines of a log. Without a pattern, every text matches. */
export function wildcardMatcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  const pieces = pattern.split('*');
  return (text) => matchesPieces(pieces, text);
}

function matchesPieces([first = '', ...rest]: readonly string[], text: string): boolean {
  const last = rest.pop();
  if (last === undefined) return first === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const index = text.indexOf(piece, at);
    if (index < 0) return false;
    at = index + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
