import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client, ScheduleDescription, WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { PurserError } from '../domain/errors.ts';
import type { HealthHistory, HistoryRequest } from '../health/model/history.ts';
import { readState } from '../health/model/state.ts';
import type { HealthState } from '../health/model/state.ts';
import {
  healthId,
  manualHealthId,
  readId,
  SEARCH_ATTRIBUTES,
  WORKFLOWS_QUEUE,
} from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { findSchedule, isLate, readSchedule } from './schedules.ts';
import type { ScheduleReport } from './schedules.ts';

const READ_WITHIN = '5 minutes';
const POLL_EVERY_MS = 250;

/** The health of a target: its schedule, and the state of the last run. */
export interface HealthReport extends ScheduleReport {
  readonly state: HealthState | undefined;
}

/** Looks up a target. `archive`: asks the archive, too, if Temporal knows of no run. */
export async function reportOn(
  client: Client,
  target: string,
  { archive }: { readonly archive: boolean },
): Promise<HealthReport> {
  const description = await findSchedule(client, healthId(target));
  const latest = description === undefined ? undefined : await latestHealth(client, description);
  const state = latest ?? (archive ? await archivedHealth(client, target) : undefined);
  if (description === undefined) return { target, schedule: undefined, state, isLate: false };
  const schedule = readSchedule(target, description);
  // A run counts when it has ended: one that only started may never do so.
  const last = state === undefined ? description.info.createdAt : new Date(state.at);
  return { target, schedule, state, isLate: isLate(schedule, last, new Date()) };
}

/**
 * The state of the newest ended run of a schedule. Undefined if none has ended, or if Temporal no longer has one.
 */
async function latestHealth(
  client: Client,
  { info }: ScheduleDescription,
): Promise<HealthState | undefined> {
  for (const { action } of info.recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    const run = client.workflow.getHandle(workflowId, firstExecutionRunId);
    const state = await resultIfEnded(run);
    if (state !== undefined) return state;
  }
  return undefined;
}

async function resultIfEnded(run: WorkflowHandle): Promise<HealthState | undefined> {
  try {
    const { status } = await run.describe();
    return status.name === 'COMPLETED' ? readState(await run.result()) : undefined;
  } catch {
    // Temporal no longer has it.
    return undefined;
  }
}

/**
 * Checks a target now, and resolves to the state of the run. If the target has a schedule, it is a run of that
 * schedule: it begins when no other runs, gets the state of the last run, and passes its own to the next
 * (docs/decisions/0017).
 */
export async function checkHealthNow(
  client: Client,
  target: string,
  signal: AbortSignal,
): Promise<HealthState> {
  const schedule = await findSchedule(client, healthId(target));
  const run =
    schedule === undefined
      ? await startApart(client, target)
      : await triggerRun(client, target, schedule, signal);
  const state = readState(await run.result());
  if (state !== undefined) return state;
  throw new PurserError(
    'ServerError',
    `${run.workflowId} ended without a state: does an older worker run the workflows?`,
  );
}

async function startApart(client: Client, target: string): Promise<WorkflowHandle> {
  const workflowId = manualHealthId(target);
  try {
    return await client.workflow.start<typeof workflows.checkHealth>('checkHealth', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [{ target }],
      staticSummary: `Check the registry of ${target}, by hand`,
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.target, value: target }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.workflow.getHandle(workflowId);
  }
}

// Any run that begins after the trigger counts, also one that the schedule starts by itself.
async function triggerRun(
  client: Client,
  target: string,
  before: ScheduleDescription,
  signal: AbortSignal,
): Promise<WorkflowHandle> {
  const known = new Set(before.info.recentActions.map(runIdOf));
  const handle = client.schedule.getHandle(healthId(target));
  await handle.trigger('BUFFER_ONE');
  for (;;) {
    const { info } = await handle.describe();
    const started = info.recentActions.find((action) => !known.has(runIdOf(action)));
    if (started !== undefined) {
      const { workflowId, firstExecutionRunId } = started.action.workflow;
      return client.workflow.getHandle(workflowId, firstExecutionRunId);
    }
    await sleep(POLL_EVERY_MS, undefined, { signal });
  }
}

function runIdOf({ action }: ScheduleDescription['info']['recentActions'][number]): string {
  return action.workflow.firstExecutionRunId;
}

/** The archive's history of a target, read by the worker of the workflows. */
export async function readHistory(client: Client, request: HistoryRequest): Promise<HealthHistory> {
  return client.workflow.execute<typeof workflows.readHealthHistory>('readHealthHistory', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId('readHealthHistory', request.target, crypto.randomUUID()),
    workflowRunTimeout: READ_WITHIN,
    args: [request],
    staticSummary: `Read the health history of ${request.target}`,
  });
}

/** The state of the last run in the archive; undefined if there is none. */
async function archivedHealth(client: Client, target: string): Promise<HealthState | undefined> {
  const state = await client.workflow.execute<typeof workflows.readLastHealth>('readLastHealth', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId('readLastHealth', target, crypto.randomUUID()),
    workflowRunTimeout: READ_WITHIN,
    args: [{ target }],
    staticSummary: `Read the last health run of ${target}`,
  });
  return readState(state);
}
