// For an undo that is overdue: its rounds take seconds, and so do the pauses between them.
import type { WorkflowInterceptors } from '@temporalio/workflow';

const ATTEMPTS = 2;
const PAUSE_MS = 200;

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer: (input, next) =>
        next({ ...input, durationMs: Math.min(input.durationMs, PAUSE_MS) }),
      scheduleActivity: (input, next) => {
        if (!input.activityType.startsWith('undo')) return next(input);
        const retry = { initialInterval: PAUSE_MS, maximumAttempts: ATTEMPTS };
        return next({ ...input, options: { ...input.options, retry } });
      },
    },
  ],
});
