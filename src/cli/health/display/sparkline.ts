const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Numbers as bars, the biggest the tallest, from zero; a blank where there is none. */
export function sparkline(values: readonly (number | null)[]): string {
  const biggest = Math.max(0, ...values.flatMap((value) => value ?? []));
  return values.map((value) => (value === null ? ' ' : barOf(value, biggest))).join('');
}

function barOf(value: number, biggest: number): string {
  const share = biggest === 0 ? 0 : Math.max(0, value) / biggest;
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? BARS[0];
}
