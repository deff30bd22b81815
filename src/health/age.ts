const STEPS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** A time span as administrators read it: `3d`, `5h`, `12m`, `40s`. */
export function formatAge(ms: number): string {
  for (const [unit, size] of STEPS) {
    if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  }
  return `${Math.max(0, Math.floor(ms / 1_000))}s`;
}

/** `, for 3h (since 2026-11-24T03:00:00Z)`, or nothing where it is not known. */
export function sinceWords(instant: string | undefined, now: number): string {
  const at = instant === undefined ? Number.NaN : Date.parse(instant);
  return Number.isNaN(at) ? '' : `, for ${formatAge(now - at)} (since ${instant})`;
}
