import { activityInfo } from '@temporalio/activity';
import { PurserError } from '../../src/domain/errors.ts';
import { runPartOf } from '../../src/logs/collect/name.ts';
import { NODE_CA } from '../../src/logs/settings.ts';
import type { LogSettings } from '../../src/logs/settings.ts';

/** The run that an activity belongs to, as Temporal knows it: an input could name another one. */
export function ownRun(): { readonly workflowId: string; readonly runId: string } {
  const { workflowExecution } = activityInfo();
  if (workflowExecution !== undefined) return workflowExecution;
  throw new PurserError('InvalidRequest', 'the activity belongs to no workflow');
}

/**
 * Throws `InvalidRequest` for a bundle of another run. Else any user's own workflow could write into it, or
 * delete it.
 */
export function assertOwnBundle(bundle: string): void {
  const { workflowId, runId } = ownRun();
  if (bundle.endsWith(`-${runPartOf(runId)}`)) return;
  throw new PurserError(
    'InvalidRequest',
    `the bundle ${bundle} was not begun by ${workflowId} (run ${runId}): a collection may change only its own bundle`,
  );
}

/** Throws `InvalidRequest` for a target that this worker does not serve. */
export function assertTarget(given: string, own: string): void {
  if (given === own) return;
  throw new PurserError(
    'InvalidRequest',
    `the request is for the target ${given}, but this worker collects ${own}`,
  );
}

/** Throws `InvalidRequest` for logs that purser.yaml does not select, even if Purser may read them. */
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
    `logs.workloads of the target does not select ${asked.namespace} ${asked.selector ?? '(events)'}; add it in purser.yaml`,
  );
}
