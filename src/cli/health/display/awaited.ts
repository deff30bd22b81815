import type { Client, WorkflowHandle } from '@temporalio/client';
import { manualHealthId, healthId } from '../../../../workflows/contract.ts';
import { findSchedule } from '../../../temporal/schedules.ts';

const NO_WORKER_AFTER_MS = 5_000;

type Described = Awaited<ReturnType<WorkflowHandle['describe']>>['raw'];
type Instant = NonNullable<Described['pendingWorkflowTask']>['scheduledTime'];

/**
 * What a check of a target by hand waits for, in one line: the worker that is not there, the run that
 * is under way before it, an attempt that failed. Undefined if Temporal does not say.
 */
export async function describePending(client: Client, target: string): Promise<string | undefined> {
  try {
    const workflowId = await findRunningId(client, target);
    if (workflowId === undefined) return 'Temporal has not begun the run yet';
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return describeRun(raw, workflowId, target);
  } catch {
    // The run has just ended, or Temporal does not answer for a moment: the wait for the result says which.
    return undefined;
  }
}

async function findRunningId(client: Client, target: string): Promise<string | undefined> {
  const schedule = await findSchedule(client, healthId(target));
  if (schedule === undefined) return manualHealthId(target);
  return schedule.info.runningActions[0]?.workflow.workflowId;
}

function describeRun(
  { pendingWorkflowTask: task, pendingActivities }: Described,
  workflowId: string,
  target: string,
): string {
  if (isUnclaimed(task?.scheduledTime, task?.startedTime)) {
    return `${workflowId} waits for a worker that runs the workflows: is \`purser worker\` running?`;
  }
  const [activity] = pendingActivities ?? [];
  return activity === undefined
    ? `${workflowId} is under way`
    : describeActivity(activity, workflowId, target);
}

function describeActivity(
  activity: NonNullable<Described['pendingActivities']>[number],
  workflowId: string,
  target: string,
): string {
  const { activityType, attempt, lastFailure, scheduledTime, lastStartedTime } = activity;
  const name = `${activityType?.name ?? 'an activity'} of ${workflowId}`;
  if (isUnclaimed(scheduledTime, lastStartedTime)) {
    return `${name} waits for a worker: is \`purser worker\` running for ${target}?`;
  }
  const reason = lastFailure?.message ?? undefined;
  return reason === undefined
    ? `${name} is under way`
    : `attempt ${(attempt ?? 2) - 1} of ${name} failed: ${reason}; trying again`;
}

// Offered on the task queue, and not taken by a worker for a while.
function isUnclaimed(scheduled: Instant, started: Instant): boolean {
  if (seconds(started) > 0 || seconds(scheduled) === 0) return false;
  return Date.now() - seconds(scheduled) * 1_000 > NO_WORKER_AFTER_MS;
}

function seconds(instant: Instant): number {
  return Number(instant?.seconds ?? 0);
}
