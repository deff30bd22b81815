import { formatDuration } from '../../../domain/duration.ts';
import type { HealthReport } from '../../../temporal/health.ts';
import { formatTable } from '../../display/table.ts';
import { formatAgo } from './health.ts';

/** The schedules as `purser health list` shows them, a line each. */
export function formatSchedules(reports: readonly HealthReport[], now: Date): string {
  const head = ['TARGET', 'EVERY', 'SCHEDULE', 'VERDICT', 'SINCE', 'LAST RUN', 'NEXT'];
  return formatTable(
    head,
    reports.map((each) => rowOf(each, now)),
  );
}

function rowOf({ target, schedule, state, isLate }: HealthReport, now: Date): readonly string[] {
  const last =
    state === undefined
      ? ['no run yet', '', '']
      : [state.verdict, formatAgo(state.since, now), `${formatAgo(state.at, now)} ago`];
  if (schedule === undefined) return [target, '', 'removed', ...last, ''];
  const { everyMs, isPaused, note = 'no reason given', next } = schedule;
  const how = isPaused ? `paused: ${note}` : 'active';
  const due = next === undefined ? '' : `${next.toISOString().slice(0, 19)}Z`;
  return [target, formatDuration(everyMs), isLate ? 'LATE' : how, ...last, due];
}
