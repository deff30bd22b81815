// For proofs that no worker takes: ten minutes of waiting for one pass in a moment.
import type { WorkflowInterceptors } from '@temporalio/workflow';

const PROOFS = ['proveRefusal', 'undoProof'];

export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        scheduleActivity: (input, next) =>
          PROOFS.includes(input.activityType) &&
          input.options.scheduleToStartTimeout === '10 minutes'
            ? next({ ...input, options: { ...input.options, scheduleToStartTimeout: '1 second' } })
            : next(input),
      },
    ],
  };
}
