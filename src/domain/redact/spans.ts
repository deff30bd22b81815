/** A piece of a line that is a secret, and of what kind. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** Told of each secret of a line. They may overlap, and come in any order. */
export type Find = (span: Span) => void;

/** What stands in place of a secret. */
export function mark(kind: string): string {
  return `[REDACTED:${kind}]`;
}

/**
 * The text without its secrets. Where several overlap they go as one, of the kind that was found first;
 * `count` is told of each kind that is left in the text.
 */
export function cutOut(
  text: string,
  spans: readonly Span[],
  count: (kind: string) => void,
): string {
  let result = '';
  let copied = 0;
  for (const { start, end, kind } of merged(spans)) {
    result += text.slice(copied, start) + mark(kind);
    copied = end;
    count(kind);
  }
  return result + text.slice(copied);
}

function merged(spans: readonly Span[]): readonly Span[] {
  const ranked = spans.map((span, rank) => ({ ...span, rank }));
  const all: (Span & { readonly rank: number })[] = [];
  for (const span of ranked.toSorted((one, other) => one.start - other.start)) {
    const last = all.at(-1);
    if (last === undefined || span.start >= last.end) {
      all.push(span);
      continue;
    }
    const first = span.rank < last.rank ? span : last;
    all[all.length - 1] = { ...first, start: last.start, end: Math.max(last.end, span.end) };
  }
  return all;
}
