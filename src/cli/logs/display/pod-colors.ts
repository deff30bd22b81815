import { styled } from '../../display/style.ts';

const COLORS = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red'] as const;

/** Gives each name a colour of its own, in the order of the names, for as long as there are colours. */
export function colorsOf(names: Iterable<string> = []): (name: string) => string {
  const known = new Map<string, string>();
  const colored = (name: string): string => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const text = styled(COLORS[known.size % COLORS.length] ?? 'cyan', name)();
    known.set(name, text);
    return text;
  };
  for (const name of names) colored(name);
  return colored;
}
