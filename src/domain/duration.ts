import { z } from 'zod';

const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A duration in settings and options: `90s`, `5m`, `2h`, `7d`, `4w` or several of them (`1h30m`). */
export const durationSchema = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, {
  error: 'is not a duration; write a number and s, m, h, d or w, such as 90m or 7d',
});

/** Reads what {@link durationSchema} accepts, in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) return undefined;
  const sizes = new Map<string, number>(UNITS);
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (sizes.get(unit ?? '') ?? 0),
    0,
  );
}

/** The milliseconds of a text that {@link durationSchema} accepted. Throws a RangeError for any other. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`${JSON.stringify(text)} is not a duration`);
  return ms;
}

/*
 * Three formats of a duration. `formatDuration`: as in purser.yaml and options, for intervals, ages and
 * columns. `formatMs`: how long something took. `formatRoughly`: in one unit, for a sentence of an alert.
 */

/** In its largest unit and the next smaller one: `45s`, `1h30m`, `7d`; if `most` is 1, in one: `1h`. */
export function formatDuration(ms: number, most: 1 | 2 = 2): string {
  const whole = Math.max(0, Math.round(ms / 1_000)) * 1_000;
  const units = UNITS.slice(1);
  const first = units.findIndex(([, size]) => size <= whole);
  if (first === -1) return '0s';
  let left = whole;
  const parts = units.slice(first, first + most).map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('');
}

// The wait for a first login may be a step of days.
const LONGEST_IN_MINUTES = 3_600;

/** `87 ms`, `1.4 s`, `2 min 5 s`; above an hour as {@link formatDuration}: `1h1m`, `3d2h`. */
export function formatMs(ms: number): string {
  // Rounded before the unit is chosen, or 59.97 s would be 60.0 s and two minutes 1 min 60 s.
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  if (Math.round(ms / 100) < 600) return `${(ms / 1000).toFixed(1)} s`;
  if (Math.round(ms / 1000) > LONGEST_IN_MINUTES) return formatDuration(ms);
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const ROUGH_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** Rounded, in the largest unit of which there are at least two: `3 d`, `5 h`, `90 min`, `40 s`. */
export function formatRoughly(ms: number): string {
  const [unit, size] = ROUGH_UNITS.find(([, each]) => ms >= 2 * each) ?? ['s', 1_000];
  return `${Math.max(0, Math.round(ms / size))} ${unit}`;
}
