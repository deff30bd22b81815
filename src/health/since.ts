import { formatDuration } from '../domain/duration.ts';

/** `, for 3h (since 2026-11-24T03:00:00Z)`, or nothing if it is not known. */
export function formatSince(instant: string | undefined, now: number): string {
  const at = instant === undefined ? Number.NaN : Date.parse(instant);
  return Number.isNaN(at) ? '' : `, for ${formatDuration(now - at, 1)} (since ${instant})`;
}
