// For an undo that is overdue: its rounds take seconds, and so do the pauses between them.
import type { WorkflowInterceptors } from '@temporalio/workflow';

const ROUND_MS = 4_000;
const PAUSE_MS = 200;

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer: (input, next) =>
        next({ ...input, durationMs: Math.min(input.durationMs, PAUSE_MS) }),
      scheduleActivity: (input, next) => {
        const { scheduleToCloseTimeout } = input.options;
        if (scheduleToCloseTimeout === undefined) return next(input);
        const options = { ...input.options, scheduleToCloseTimeout: ROUND_MS };
        return next({ ...input, options });
      },
    },
  ],
});
