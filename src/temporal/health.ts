import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client, ScheduleDescription, WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { PurserError } from '../domain/errors.ts';
import type { HealthHistory, HistoryRequest } from '../health/model/history.ts';
import { missesRuns } from '../health/model/late.ts';
import { readState } from '../health/model/state.ts';
import type { HealthState } from '../health/model/state.ts';
import {
  healthByHandId,
  healthId,
  SEARCH_ATTRIBUTES,
  WORKFLOWS_QUEUE,
} from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { applySchedule, findSchedule } from './schedules.ts';

const READ_WITHIN = '5 minutes';
const POLL_EVERY_MS = 250;

/** Has a target's checks run every so often; a schedule that is there is changed. */
export async function scheduleHealth(
  client: Client,
  target: string,
  everyMs: number,
): Promise<'created' | 'updated'> {
  return applySchedule(client, {
    id: healthId(target),
    workflowType: 'checkHealth',
    taskQueue: WORKFLOWS_QUEUE,
    args: [{ target, everyMs }],
    everyMs,
    summary: `Check the registry of ${target}`,
    searchAttributes: [{ key: SEARCH_ATTRIBUTES.target, value: target }],
  });
}

/** How the checks of a target are scheduled, as a person wants to know it. */
export interface HealthSchedule {
  readonly target: string;
  readonly everyMs: number;
  readonly isPaused: boolean;
  /** Why it is paused, if somebody said so. */
  readonly note: string | undefined;
  /** Undefined while it is paused. */
  readonly next: Date | undefined;
  /** The newest run that was started, and those that are under way. */
  readonly lastStarted: Date | undefined;
  readonly running: number;
}

/** Undefined where the target's checks are not scheduled. */
async function healthSchedule(
  client: Client,
  target: string,
): Promise<(HealthSchedule & { readonly description: ScheduleDescription }) | undefined> {
  const description = await findSchedule(client, healthId(target));
  if (description === undefined) return undefined;
  const { spec, state, info } = description;
  return {
    description,
    target,
    everyMs: spec.intervals?.[0]?.every ?? 0,
    isPaused: state.paused,
    note: state.note === undefined || state.note === '' ? undefined : state.note,
    next: state.paused ? undefined : info.nextActionTimes[0],
    lastStarted: info.recentActions.at(-1)?.takenAt,
    running: info.runningActions.length,
  };
}

/** What is known of a target's health: its schedule, and what the last run left. */
export interface HealthReport {
  readonly target: string;
  readonly schedule: HealthSchedule | undefined;
  readonly state: HealthState | undefined;
  /** Runs are missing since the last one. */
  readonly isLate: boolean;
}

/** Looks up a target. `archive`: asks the archive, too, where Temporal knows of no run. */
export async function reportOn(
  client: Client,
  target: string,
  { archive }: { readonly archive: boolean },
): Promise<HealthReport> {
  const found = await healthSchedule(client, target);
  const latest = found === undefined ? undefined : await latestHealth(client, found.description);
  const state = latest ?? (archive ? await archivedHealth(client, target) : undefined);
  if (found === undefined) return { target, schedule: undefined, state, isLate: false };
  const { description, ...schedule } = found;
  const last = state?.at ?? description.info.createdAt.toISOString();
  const isLate = !schedule.isPaused && missesRuns(last, new Date(), schedule.everyMs);
  return { target, schedule, state, isLate };
}

/**
 * What the newest run of a schedule that has ended left. Undefined where none has, or where Temporal
 * keeps none any more.
 */
async function latestHealth(
  client: Client,
  { info }: ScheduleDescription,
): Promise<HealthState | undefined> {
  for (const { action } of info.recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    const run = client.workflow.getHandle(workflowId, firstExecutionRunId);
    const state = await resultWhereEnded(run);
    if (state !== undefined) return state;
  }
  return undefined;
}

async function resultWhereEnded(run: WorkflowHandle): Promise<HealthState | undefined> {
  try {
    const { status } = await run.describe();
    return status.name === 'COMPLETED' ? readState(await run.result()) : undefined;
  } catch {
    // Temporal has forgotten it.
    return undefined;
  }
}

/**
 * Checks a target now, and resolves to what it left. Where the target has a schedule, it is a run of
 * that schedule: it begins when none is under way, is given what the last one left, and leaves its
 * own to the next (docs/decisions/0017).
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
    `${run.workflowId} ended with something else than a state: does an older worker run the workflows?`,
  );
}

async function startApart(client: Client, target: string): Promise<WorkflowHandle> {
  const workflowId = healthByHandId(target);
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

// Any run that begins after the question answers it, were it the schedule's own.
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
  return client.workflow.execute<typeof workflows.healthHistory>('healthHistory', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: `health-history/${request.target}/${crypto.randomUUID()}`,
    workflowRunTimeout: READ_WITHIN,
    args: [request],
    staticSummary: `Read the health history of ${request.target}`,
  });
}

/** What the last run left in the archive; undefined where there was none. */
async function archivedHealth(client: Client, target: string): Promise<HealthState | undefined> {
  const state = await client.workflow.execute<typeof workflows.lastHealth>('lastHealth', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: `last-health/${target}/${crypto.randomUUID()}`,
    workflowRunTimeout: READ_WITHIN,
    args: [{ target }],
    staticSummary: `Read the last health run of ${target}`,
  });
  return readState(state);
}
