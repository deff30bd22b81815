import { matchesWildcard } from '../../domain/wildcard.ts';
import type { MaintenanceWindow, Weekday } from '../model/policy.ts';

const DAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The reason of the maintenance that a target is in at a time; undefined where it is in none. */
export function maintenanceOf(
  windows: readonly MaintenanceWindow[],
  target: string,
  at: Date,
): string | undefined {
  const window = windows.find(
    (each) =>
      each.targets.some((pattern) => matchesWildcard(pattern, target)) && includes(each, at),
  );
  return window?.reason;
}

function includes(window: MaintenanceWindow, at: Date): boolean {
  if (!('weekly' in window)) {
    return Date.parse(window.from) <= at.getTime() && at.getTime() < Date.parse(window.to);
  }
  const { days, from, to, timeZone } = window.weekly;
  const { day, time } = wallClock(at, timeZone);
  if (from < to) return days.includes(day) && from <= time && time < to;
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7];
  const beganToday = days.includes(day) && time >= from;
  return beganToday || (before !== undefined && days.includes(before) && time < to);
}

// By the wall clock, so that a window keeps its hours over a change of the clocks.
function wallClock(at: Date, timeZone: string): { readonly day: Weekday; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((each) => each.type === type)?.value ?? '';
  const day = DAYS.find((each) => each === part('weekday').toLowerCase());
  return { day: day ?? 'sun', time: `${part('hour')}:${part('minute')}` };
}
