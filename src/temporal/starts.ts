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

/** Lists and checks are read again at will; a run that nobody waits for any more must not stay. */
const READ_WITHIN = '15 minutes';

/** A list that expires again and again is read on a cluster that cannot keep up. */
const LISTS_AT_MOST = 3;

/** A look takes a second, and half a minute where no worker takes it. */
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
 * Says that a person has logged in, so that their onboarding looks at once; resolves to what it saw.
 * Throws `SubjectNotFound` where no onboarding of theirs runs, and a WorkflowUpdateFailedError where it
 * waits for no login, or the look failed.
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

/** Starts a sweep. Throws WorkflowExecutionAlreadyStartedError while one that somebody asked for runs. */
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
 * What Purser granted on a target, sorted by subject; read by the target's own worker, page by page, each
 * by a run of its own. Starts over where the cluster has forgotten the list that it was reading, and
 * gives up the third time (`ServerError`). `limit` is the most rows that a page may have.
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

/** What is found out about a target's identity providers, by the target's own worker. */
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

/** Starts the checks of a target for `purser doctor`; `health` asks for the rights of its checks, too. */
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

/** What each replica of a target's registry counts, read by the target's own worker. */
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

/** Sends a test through one notifier, or through each, from where the workflows' worker stands. */
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
