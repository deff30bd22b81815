const LENGTH_AT_MOST = 500;

// `(a+)+`, `(\w*,)*`, `(x{1,})+`: groups with a repetition in them that are repeated themselves.
const REPEATED_REPETITION = /\([^()]*(?:[*+]|\{\d+,\d*\})[^()]*\)(?:[*+]|\{\d+,\d*\})/;

/** Why a text cannot be used as a pattern of secrets; undefined for one that can. */
export function whyNoPattern(source: string): string | undefined {
  if (source.length > LENGTH_AT_MOST) return `is longer than ${LENGTH_AT_MOST} characters`;
  if (REPEATED_REPETITION.test(source.replaceAll(/\\./g, '_').replaceAll(/\[[^\]]*\]/g, '_'))) {
    return 'repeats a repetition, which can take for ever on a long line: take one of the two out';
  }
  try {
    const matchesAll = new RegExp(source, 'g').test('');
    return matchesAll ? 'matches an empty text: it would match everywhere' : undefined;
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}
