import { HEALTH_AND_LOGS, READ_ONLY } from './health-and-logs.ts';
import { ONBOARDINGS, OVERDUE_ONBOARDINGS, WAITING_ONBOARDINGS } from './onboardings.ts';
import { REVOCATIONS } from './revocations.ts';
import type { Stories } from './story.ts';

/** Stories that one environment can record: `interceptors` make its workflows take less time. */
interface RecordedStories {
  readonly interceptors: readonly string[];
  readonly stories: Stories;
}

/** One run of each way that a workflow may go. */
export const STORIES: readonly RecordedStories[] = [
  {
    interceptors: ['fast-timers.ts'],
    stories: { ...ONBOARDINGS, ...REVOCATIONS, ...HEALTH_AND_LOGS, ...READ_ONLY },
  },
  { interceptors: ['fast-retries.ts'], stories: OVERDUE_ONBOARDINGS },
  { interceptors: [], stories: WAITING_ONBOARDINGS },
];
