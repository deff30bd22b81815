const SHOWN = 3;

/** The names that are most like the given one: first by their common beginning, then the newest. */
export function nearest(given: string, names: readonly string[]): readonly string[] {
  return names
    .map((name, index) => ({ name, index, common: commonBeginning(given, name) }))
    .sort((a, b) => b.common - a.common || b.index - a.index)
    .slice(0, SHOWN)
    .map(({ name }) => name);
}

function commonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
