import { z } from 'zod';

const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A span of time as people write it: `90s`, `5m`, `2h`, `7d`, `4w` or several of them (`1h30m`). */
export const durationSchema = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, {
  error: 'is not a duration; write a number and s, m, h, d or w, such as 90m or 7d',
});

/** Reads what {@link durationSchema} takes, in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) return undefined;
  const sizes = new Map<string, number>(UNITS);
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (sizes.get(unit ?? '') ?? 0),
    0,
  );
}

/** The milliseconds of what {@link durationSchema} has let through. Throws a RangeError for any other. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`${JSON.stringify(text)} is not a duration`);
  return ms;
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
