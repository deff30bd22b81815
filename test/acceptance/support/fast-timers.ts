// For workflows that wait for days: every timer of theirs takes a moment.
import type { WorkflowInterceptors } from '@temporalio/workflow';

const MOMENT_MS = 20;

export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        startTimer: (input, next) =>
          next({ ...input, durationMs: Math.min(input.durationMs, MOMENT_MS) }),
      },
    ],
  };
}
