import type { WorkflowHandle } from '@temporalio/client';
import { until } from '../../../sandbox/wait.ts';

/** What Temporal shows of an activity that is tried again. */
export interface Retried {
  readonly attempt: number;
  readonly type: string;
  readonly message: string;
}

/** Waits until an activity of the run is at its `attempt`th attempt, or a later one. */
export function retried(handle: Pick<WorkflowHandle, 'describe'>, attempt = 2): Promise<Retried> {
  return until({
    what: `attempt ${attempt}`,
    check: async () => {
      const { raw } = await handle.describe();
      const pending = raw.pendingActivities?.find((each) => (each.attempt ?? 0) >= attempt);
      const failure = pending?.lastFailure;
      if (failure == null) return undefined;
      const { message, applicationFailureInfo } = failure;
      const type = applicationFailureInfo?.type ?? '';
      return { attempt: pending?.attempt ?? 0, type, message: message ?? '' };
    },
    deadlineMs: 90_000,
    signal: new AbortController().signal,
  });
}
