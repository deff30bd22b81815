const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Reads `90s`, `5m`, `2h`, `7d`, `4w` or several of them (`1h30m`), in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) return undefined;
  const sizes = new Map<string, number>(UNITS);
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (sizes.get(unit ?? '') ?? 0),
    0,
  );
}

/** A span as people read it, in its two largest units: `45s`, `1h30m`, `7d`. */
export function formatDuration(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1000)) * 1000;
  const parts: string[] = [];
  for (const [unit, size] of UNITS.slice(1)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join('') || '0s';
}
