import { reportOn } from '../../temporal/health.ts';
import type { HealthReport } from '../../temporal/health.ts';
import { HEALTH_CHECKS } from '../../temporal/schedules.ts';
import { formatAgo } from '../display/schedules.ts';
import type { ScheduleRow } from '../display/schedules.ts';
import type { ScheduleCommandWords } from '../schedule.ts';

/** The words of `purser health schedule`. */
export const healthSchedule: ScheduleCommandWords = {
  kind: HEALTH_CHECKS,
  what: 'health checks',
  example: '1m',
  help: {
    set: 'An update keeps the state of the last run: findings, alerts and history continue.',
    pause: 'To continue the checks without alerts, use health.maintenance in purser.yaml.',
    remove: 'The history stays in the archive, and a new schedule continues it.',
  },
  effect: {
    pause: 'Open alerts stay open until it is resumed.',
    remove: 'Purser does not close the alerts that are open now.',
  },
  options: [],
  headings: ['VERDICT', 'SINCE'],
  row: async (client, target, now) =>
    healthRow(await reportOn(client, target, { archive: false }), now),
};

/** What the list shows of a target's checks. */
export function healthRow(report: HealthReport, now: Date): ScheduleRow {
  const { state } = report;
  const details = state === undefined ? ['', ''] : [state.verdict, formatAgo(state.since, now)];
  return { report, lastRun: state?.at, details };
}
