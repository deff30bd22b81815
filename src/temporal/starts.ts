import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { CollectLogsRequest } from '../logs/model/collect-request.ts';
import { PurserError } from '../domain/errors.ts';
import type { AccessPage, AccessRow, PageCursor } from '../access/model/grants/access-list.ts';
import type { IdentityCheckRequest } from '../identity/model/request.ts';
import type { OnboardRequest, RevokeRequest } from '../access/model/request.ts';
import { formatSubject } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import {
  logsId,
  onboardId,
  readId,
  revokeId,
  confirmLoginUpdate,
  sweepId,
  WORKFLOWS_QUEUE,
} from '../../workflows/contract.ts';
import type { LoginPoll } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';

/** A read can be repeated at any time; a run whose caller no longer waits must end. */
const READ_WITHIN = '15 minutes';

/** If the list expires this often while it is read, the cluster is too slow. */
const LISTS_AT_MOST = 3;

/** A poll takes a second, or half a minute if no worker takes it. */
const ANSWER_WITHIN_MS = 60_000;

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

/**
 * Says that a person has logged in: their onboarding checks at once. Resolves to the result of that poll. Throws
 * `SubjectNotFound` if they have no running onboarding. Throws a WorkflowUpdateFailedError if it does not wait
 * for a login, or if the poll failed.
 */
export async function confirmLogin(
  client: Client,
  target: string,
  subject: Subject,
): Promise<LoginPoll> {
  const handle = client.workflow.getHandle(onboardId(target, subject));
  try {
    return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      handle.executeUpdate(confirmLoginUpdate),
    );
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new PurserError(
      'SubjectNotFound',
      `no onboarding of ${formatSubject(subject)} is running on ${target}; start one with purser onboard … --wait-for-login 7d`,
    );
  }
}

/** Starts a revocation, by the same rules as {@link startOnboard}. */
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
 * Starts a collection of logs. Throws WorkflowExecutionAlreadyStartedError while another one that was started by
 * hand runs; a scheduled one does not matter.
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

/** Starts a sweep. Throws WorkflowExecutionAlreadyStartedError while another one that was started by hand runs. */
export async function startSweep(
  client: Client,
  target: string,
): Promise<WorkflowHandle<typeof workflows.sweep>> {
  return client.workflow.start<typeof workflows.sweep>('sweep', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: sweepId(target),
    workflowIdConflictPolicy: 'FAIL',
    args: [{ target }],
    staticSummary: `Sweep ${target}`,
  });
}

/**
 * Lists what Purser granted on a target, sorted by subject. The target's own worker reads it page by page, each
 * page in a run of its own. If the list expires on the cluster meanwhile, it starts again, and gives up the third
 * time (`ServerError`). `limit` is the most rows of a page.
 */
export async function runListAccess(client: Client, target: string, limit?: number) {
  for (let left = LISTS_AT_MOST; left > 0; left -= 1) {
    const rows = await readPages(client, target, limit);
    if (rows !== undefined) return rows.sort((a, b) => a.subject.localeCompare(b.subject));
  }
  throw new PurserError(
    'ServerError',
    `the list of accesses on ${target} changed or expired ${LISTS_AT_MOST} times while it was read; try again`,
  );
}

async function readPages(client: Client, target: string, limit: number | undefined) {
  const rows: AccessRow[] = [];
  let from: PageCursor | undefined;
  do {
    const page: AccessPage = await client.workflow.execute<typeof workflows.listAccess>(
      'listAccess',
      {
        taskQueue: WORKFLOWS_QUEUE,
        workflowId: readId('listAccess', target, crypto.randomUUID()),
        workflowRunTimeout: READ_WITHIN,
        args: [{ target, from, limit }],
        staticSummary: `List the accesses on ${target}`,
      },
    );
    if ('expired' in page) return undefined;
    rows.push(...page.rows);
    from = page.next;
  } while (from !== undefined);
  return rows;
}

/** Checks a target's identity providers, by the target's own worker. */
export async function runCheckIdentity(client: Client, request: IdentityCheckRequest) {
  const { target } = request;
  return client.workflow.execute<typeof workflows.checkIdentity>('checkIdentity', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId('checkIdentity', target, crypto.randomUUID()),
    workflowRunTimeout: READ_WITHIN,
    args: [request],
    staticSummary: `Check the identity providers of ${target}`,
  });
}

/** Starts the checks of a target for `purser doctor`; `health` includes the rights of its health checks. */
export async function startCheckTarget(
  client: Client,
  { target, health }: { readonly target: string; readonly health: boolean },
): Promise<WorkflowHandle<typeof workflows.checkTarget>> {
  return client.workflow.start<typeof workflows.checkTarget>('checkTarget', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId('checkTarget', target, crypto.randomUUID()),
    workflowRunTimeout: READ_WITHIN,
    args: [{ target, health }],
    staticSummary: `Check ${target}`,
  });
}

/** Reads the metrics of each replica of a target's registry, by the target's own worker. */
export async function runReadMetrics(
  client: Client,
  input: { readonly target: string; readonly raw: boolean },
) {
  return client.workflow.execute<typeof workflows.readMetrics>('readMetrics', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId('readMetrics', input.target, crypto.randomUUID()),
    workflowRunTimeout: READ_WITHIN,
    args: [input],
    staticSummary: `Read the metrics of ${input.target}`,
  });
}

/** Sends a test message through one notifier, or through every one, by the workflows' worker. */
export async function runTestNotifiers(
  client: Client,
  input: { readonly target: string; readonly notifier?: string | undefined },
) {
  return client.workflow.execute<typeof workflows.testNotifiers>('testNotifiers', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId('testNotifiers', input.target, crypto.randomUUID()),
    workflowRunTimeout: READ_WITHIN,
    args: [input],
    staticSummary: `Test ${input.notifier ?? 'the notifiers'}`,
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
