import { formatDuration } from '../../domain/duration.ts';
import type { ScheduleReport } from '../../temporal/schedules.ts';
import { formatTable } from './table.ts';

/** What the list of schedules shows of one. */
export interface ScheduleRow {
  readonly report: ScheduleReport;
  /** RFC 3339; undefined if there was no run yet. */
  readonly lastRun: string | undefined;
  /** What only this kind of schedule has, a cell for each heading. */
  readonly details: readonly string[];
}

/** The schedules as `schedule list` shows them, a line each. */
export function formatSchedules(
  rows: readonly ScheduleRow[],
  headings: readonly string[],
  now: Date,
): string {
  const head = ['TARGET', 'EVERY', 'SCHEDULE', ...headings, 'LAST RUN', 'NEXT'];
  return formatTable(
    head,
    rows.map((row) => cellsOf(row, now)),
  );
}

/** How long ago: `45s`, `1h30m`. */
export function formatAgo(instant: string, now: Date): string {
  return formatDuration(now.getTime() - Date.parse(instant));
}

function cellsOf({ report, lastRun, details }: ScheduleRow, now: Date): readonly string[] {
  const { target, schedule, isLate } = report;
  const last = lastRun === undefined ? 'no run yet' : `${formatAgo(lastRun, now)} ago`;
  if (schedule === undefined) return [target, '', 'removed', ...details, last, ''];
  const { everyMs, isPaused, note = 'no reason given', next } = schedule;
  const how = isPaused ? `paused: ${note}` : 'active';
  const due = next === undefined ? '' : `${next.toISOString().slice(0, 19)}Z`;
  return [target, formatDuration(everyMs), isLate ? 'LATE' : how, ...details, last, due];
}
