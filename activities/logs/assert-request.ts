import { activityInfo } from '@temporalio/activity';
import { PurserError } from '../../src/domain/errors.ts';
import { runPartOf } from '../../src/logs/collect/name.ts';
import { NODE_CA } from '../../src/logs/settings.ts';
import type { LogSettings } from '../../src/logs/settings.ts';

/** The run that an activity belongs to, as Temporal has it and no input says. */
export function ownRun(): { readonly workflowId: string; readonly runId: string } {
  const { workflowExecution } = activityInfo();
  if (workflowExecution !== undefined) return workflowExecution;
  throw new PurserError('InvalidRequest', 'the activity belongs to no workflow');
}

/**
 * Throws `InvalidRequest` for a bundle that another run has begun: a workflow of somebody's own could else
 * write into it, or throw it away.
 */
export function assertOwnBundle(bundle: string): void {
  const { workflowId, runId } = ownRun();
  if (bundle.endsWith(`-${runPartOf(runId)}`)) return;
  throw new PurserError(
    'InvalidRequest',
    `the bundle ${bundle} was not begun by ${workflowId} (run ${runId}): a collection touches its own only`,
  );
}

/** Throws `InvalidRequest` for a target that this worker's queue is not of. */
export function assertTarget(given: string, own: string): void {
  if (given === own) return;
  throw new PurserError(
    'InvalidRequest',
    `the request is for the target ${given}, and this worker collects ${own}`,
  );
}

/** Throws `InvalidRequest` for logs that purser.yaml does not have collected, whatever Purser may read. */
export function assertChosen(
  { workloads }: LogSettings,
  asked: { readonly namespace: string; readonly selector?: string },
): void {
  const chosen = [...workloads, NODE_CA].some(
    ({ namespace, selector }) =>
      namespace === asked.namespace &&
      (asked.selector === undefined || selector === asked.selector),
  );
  if (chosen) return;
  throw new PurserError(
    'InvalidRequest',
    `logs.workloads of the target chooses nothing like ${asked.namespace} ${asked.selector ?? '(events)'}; add it in purser.yaml`,
  );
}
