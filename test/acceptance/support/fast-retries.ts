// For an undo that is overdue: its rounds take seconds, and so do the pauses between them. Every number
// is the given one made smaller by one factor, so that what Temporal refuses of them is refused here, too.
import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type { WorkflowInterceptors } from '@temporalio/workflow';

const ATTEMPTS = 2;
const PAUSE_MS = 200;
const FASTER = 300;

export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        startTimer: (input, next) =>
          next({ ...input, durationMs: Math.min(input.durationMs, PAUSE_MS) }),
        scheduleActivity: (input, next) => {
          const given = input.options.retry ?? {};
          if (!input.activityType.startsWith('undo')) return next(input);
          const retry = {
            ...given,
            initialInterval: faster(given.initialInterval ?? 1_000),
            ...(given.maximumInterval === undefined
              ? {}
              : { maximumInterval: faster(given.maximumInterval) }),
            maximumAttempts: Math.min(given.maximumAttempts ?? Infinity, ATTEMPTS),
          };
          return next({ ...input, options: { ...input.options, retry } });
        },
      },
    ],
  };
}

function faster(pause: Duration): number {
  return Math.ceil(msToNumber(pause) / FASTER);
}
