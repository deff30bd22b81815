import type { Client, WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { CollectLogsRequest } from '../domain/collect-request.ts';
import type { OnboardRequest, RevokeRequest } from '../domain/request.ts';
import { formatSubject } from '../domain/subject.ts';
import { logsId, onboardId, revokeId, WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';

/** Lists and checks are read again at will; a run that nobody waits for any more must not stay. */
const READ_WITHIN = '15 minutes';

/**
 * Starts an onboarding. Throws WorkflowExecutionAlreadyStartedError while one of the same subject
 * runs on the same target.
 */
export async function startOnboard(
  client: Client,
  request: OnboardRequest,
): Promise<WorkflowHandle<typeof workflows.onboard>> {
  const { target, subject, accesses } = request;
  return client.workflow.start<typeof workflows.onboard>('onboard', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: onboardId(target, subject),
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Onboard ${formatSubject(subject)}: ${accesses.join(', ')} on ${target}`,
  });
}

/** Starts a revocation; the same rules. */
export async function startRevoke(
  client: Client,
  request: RevokeRequest,
): Promise<WorkflowHandle<typeof workflows.revoke>> {
  const { target, subject, accesses } = request;
  return client.workflow.start<typeof workflows.revoke>('revoke', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: revokeId(target, subject),
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Revoke ${formatSubject(subject)}: ${accesses.join(', ')} on ${target}`,
  });
}

/**
 * Starts a collection of logs. Throws WorkflowExecutionAlreadyStartedError while one that somebody
 * asked for runs; one that the schedule has started is no hindrance.
 */
export async function startCollectLogs(
  client: Client,
  request: CollectLogsRequest,
): Promise<WorkflowHandle<typeof workflows.collectLogs>> {
  return client.workflow.start<typeof workflows.collectLogs>('collectLogs', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: logsId(request.target),
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Collect the logs of ${request.target}`,
  });
}

/** What Purser granted on a target, read by the target's own worker. */
export async function listAccess(client: Client, target: string) {
  return client.workflow.execute<typeof workflows.listAccess>('listAccess', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: `list-access/${target}/${crypto.randomUUID()}`,
    workflowRunTimeout: READ_WITHIN,
    args: [{ target }],
    staticSummary: `List the accesses on ${target}`,
  });
}

/** Starts the checks of a target for `purser doctor`. */
export async function startCheckTarget(
  client: Client,
  target: string,
): Promise<WorkflowHandle<typeof workflows.checkTarget>> {
  return client.workflow.start<typeof workflows.checkTarget>('checkTarget', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: `check-target/${target}/${crypto.randomUUID()}`,
    workflowRunTimeout: READ_WITHIN,
    args: [{ target }],
    staticSummary: `Check ${target}`,
  });
}

/** How many workers poll a task queue for activities, as far as the server knows. */
export async function countPollers(client: Client, taskQueue: string): Promise<number> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  return pollers?.length ?? 0;
}
