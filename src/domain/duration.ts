import { z } from 'zod';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^([1-9]\d{0,5})(s|m|h|d)$/;

/** A span of time as people write it: a whole number and `s`, `m`, `h` or `d`, such as `90m` or `7d`. */
export const durationSchema = z
  .string()
  .regex(FORM, { error: 'is not a duration; write a number and s, m, h or d, such as 90m or 7d' });

/** The milliseconds of what {@link durationSchema} has let through. Throws a RangeError for any other. */
export function durationMs(text: string): number {
  const [, count, unit] = FORM.exec(text) ?? [];
  const each = Object.entries(UNITS).find(([name]) => name === unit)?.[1];
  if (count === undefined || each === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is not a duration`);
  }
  return Number(count) * each;
}

/** `2 h 5 min`, `7 d`, `45 s`: the two largest units that are not nothing. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / UNITS.s));
  const parts = [
    { count: Math.floor(seconds / 86_400), unit: 'd' },
    { count: Math.floor(seconds / 3_600) % 24, unit: 'h' },
    { count: Math.floor(seconds / 60) % 60, unit: 'min' },
    { count: seconds % 60, unit: 's' },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count} ${unit}`)
    .join(' ');
}
