import { reportSchedule, SWEEPS } from '../../temporal/schedules.ts';
import type { ScheduleCommandWords } from '../schedule.ts';

/** The words of `purser sweep schedule`. */
export const sweepSchedule: ScheduleCommandWords = {
  kind: SWEEPS,
  what: 'sweeps',
  example: '1h',
  help: {
    set: 'A sweep removes only what it has evidence for; see `purser sweep run --help`.',
    pause: 'What failed runs left stays on the cluster meanwhile.',
    remove: 'What failed runs left stays on the cluster; `purser sweep run` still sweeps once.',
  },
  effect: {
    pause: 'What failed runs left stays on the cluster until it is resumed.',
    remove: 'What failed runs left stays on the cluster; `purser sweep run` sweeps once.',
  },
  options: [],
  headings: [],
  row: async (client, target) => {
    const report = await reportSchedule(client, SWEEPS, target);
    return { report, lastRun: report.schedule?.lastStarted?.toISOString(), details: [] };
  },
};
