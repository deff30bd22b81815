import { Option } from 'commander';
import { LOG_COLLECTIONS, reportSchedule } from '../../temporal/schedules.ts';
import type { ScheduleCommandWords } from '../schedule.ts';

/** The words of `purser logs schedule`. */
export const logsSchedule: ScheduleCommandWords = {
  kind: LOG_COLLECTIONS,
  what: 'log collections',
  example: '15m',
  help: {
    set:
      'The API returns only the newest log file of a container, 10 MB on most nodes. Choose an interval in ' +
      'which the registry writes less than that, or there will be gaps. Each run makes a bundle; ' +
      'logs.keep.bundles sets how many the archive keeps.',
    pause:
      'The first run after the pause collects what was written meanwhile, if the nodes still have it.',
    remove: 'The bundles stay in the archive.',
  },
  effect: {
    pause: 'The first run after the pause collects what was written meanwhile.',
    remove: 'The bundles stay in the archive.',
  },
  options: [new Option('--node-ca', 'also the pods of node-ca, one on each node')],
  headings: [],
  row: async (client, target) => {
    const report = await reportSchedule(client, LOG_COLLECTIONS, target);
    return { report, lastRun: report.schedule?.lastStarted?.toISOString(), details: [] };
  },
};
