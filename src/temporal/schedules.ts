import { createHash } from 'node:crypto';
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Client, ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { PurserError } from '../domain/errors.ts';
import { missesRuns } from '../health/model/late.ts';
import {
  healthId,
  logsId,
  SEARCH_ATTRIBUTES,
  sweepId,
  WORKFLOWS_QUEUE,
} from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';

// Temporal's server accepts no shorter one.
const SHORTEST_CATCH_UP_MS = 10_000;
const LONGEST_CATCH_UP_MS = 60_000;
const LONGEST_JITTER_MS = 10_000;

const HOUR_MS = 3_600_000;

/** How often a schedule may run, and how often it runs if its user does not choose. */
export interface IntervalLimits {
  readonly defaultMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** What a schedule of one target runs. */
export interface SchedulePlan {
  readonly target: string;
  readonly everyMs: number;
  /** Whether to include the pods of node-ca; only for a collection of logs. */
  readonly nodeCa?: boolean | undefined;
}

/** What can be scheduled. A target has one schedule of each kind at most. */
export interface ScheduleKind {
  /** The command of `purser` whose `schedule` makes it. */
  readonly command: 'health' | 'logs' | 'sweep';
  readonly every: IntervalLimits;
  readonly workflowType: string;
  /** The id of a target's schedule; the ids of its runs have the time added. */
  idOf(target: string): string;
  argsOf(plan: SchedulePlan): unknown[];
  /** One line for the Web UI. */
  summaryOf(target: string): string;
}

const EVERY_MINUTE: IntervalLimits = { defaultMs: 60_000, minMs: 10_000, maxMs: 24 * HOUR_MS };

export const HEALTH_CHECKS: ScheduleKind = {
  command: 'health',
  every: EVERY_MINUTE,
  workflowType: 'checkHealth',
  idOf: healthId,
  argsOf: ({ target, everyMs }): Parameters<typeof workflows.checkHealth> => [{ target, everyMs }],
  summaryOf: (target) => `Check the registry of ${target}`,
};

export const LOG_COLLECTIONS: ScheduleKind = {
  command: 'logs',
  every: EVERY_MINUTE,
  workflowType: 'collectLogs',
  idOf: logsId,
  argsOf: ({ target, nodeCa }): Parameters<typeof workflows.collectLogs> => [
    { target, ...(nodeCa === true ? { nodeCa } : {}) },
  ],
  summaryOf: (target) => `Collect the logs of ${target}`,
};

export const SWEEPS: ScheduleKind = {
  command: 'sweep',
  every: { defaultMs: HOUR_MS, minMs: 10 * 60_000, maxMs: 7 * 24 * HOUR_MS },
  workflowType: 'sweep',
  idOf: sweepId,
  argsOf: ({ target }): Parameters<typeof workflows.sweep> => [{ target }],
  summaryOf: (target) => `Sweep ${target}`,
};

/**
 * Creates a target's schedule, or updates the existing one. A schedule is never deleted and created again: its
 * last result, which is the state of its runs, would be lost. An update does not end a pause.
 *
 * A run that was missed by more than the catch-up window does not run later. A run that is due while another
 * one runs is skipped. The ids spread schedules of the same interval over that interval.
 */
export async function setSchedule(
  client: Client,
  kind: ScheduleKind,
  plan: SchedulePlan,
): Promise<'created' | 'updated'> {
  const options = optionsOf(kind, plan);
  try {
    await client.schedule.create(options);
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  await client.schedule.getHandle(options.scheduleId).update((before) => ({
    ...before,
    spec: options.spec,
    action: options.action,
    policies: options.policies,
  }));
  return 'updated';
}

/** Temporal's description of a schedule; undefined if there is none of this id. */
export async function findSchedule(
  client: Client,
  id: string,
): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** A target's schedule, to change it. If there is none, throws `NotConfigured` with the command that creates it. */
export async function scheduleToChange(
  client: Client,
  kind: ScheduleKind,
  target: string,
): Promise<ScheduleHandle> {
  const id = kind.idOf(target);
  const found = await findSchedule(client, id);
  if (found !== undefined) return client.schedule.getHandle(id);
  throw new PurserError(
    'NotConfigured',
    `there is no schedule ${id}; create it with \`purser ${kind.command} schedule --target ${target}\``,
  );
}

/** The targets that have a schedule of a kind, by name. */
export async function scheduledTargets(
  client: Client,
  kind: ScheduleKind,
): Promise<readonly string[]> {
  const prefix = kind.idOf('');
  const targets: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    if (scheduleId.startsWith(prefix)) targets.push(scheduleId.slice(prefix.length));
  }
  return targets.sort();
}

/** A target's schedule, as commands show it. */
export interface TargetSchedule {
  readonly target: string;
  readonly everyMs: number;
  readonly isPaused: boolean;
  /** Why it is paused, if its user gave a reason. */
  readonly note: string | undefined;
  /** Undefined while it is paused. */
  readonly next: Date | undefined;
  /** When the newest run was started. */
  readonly lastStarted: Date | undefined;
  /** How many runs have not ended. */
  readonly running: number;
}

/** Reads a target's schedule from Temporal's description. */
export function readSchedule(
  target: string,
  { spec, state, info }: ScheduleDescription,
): TargetSchedule {
  return {
    target,
    everyMs: spec.intervals?.[0]?.every ?? 0,
    isPaused: state.paused,
    note: state.note === undefined || state.note === '' ? undefined : state.note,
    next: state.paused ? undefined : info.nextActionTimes[0],
    lastStarted: info.recentActions.at(-1)?.takenAt,
    running: info.runningActions.length,
  };
}

/** A target's schedule, and whether its runs are on time. */
export interface ScheduleReport {
  readonly target: string;
  /** Undefined if it was removed. */
  readonly schedule: TargetSchedule | undefined;
  /** Runs are missing since the last one. */
  readonly isLate: boolean;
}

/** Looks up a target's schedule. A run that does not end keeps the next ones from starting: that is late, too. */
export async function reportSchedule(
  client: Client,
  kind: ScheduleKind,
  target: string,
): Promise<ScheduleReport> {
  const description = await findSchedule(client, kind.idOf(target));
  if (description === undefined) return { target, schedule: undefined, isLate: false };
  const schedule = readSchedule(target, description);
  const last = schedule.lastStarted ?? description.info.createdAt;
  return { target, schedule, isLate: isLate(schedule, last, new Date()) };
}

/** Whether a schedule should have run since its last run. */
export function isLate({ isPaused, everyMs }: TargetSchedule, last: Date, now: Date): boolean {
  return !isPaused && missesRuns(last.toISOString(), now, everyMs);
}

function optionsOf(kind: ScheduleKind, plan: SchedulePlan) {
  const { target, everyMs } = plan;
  const id = kind.idOf(target);
  const searchAttributes = [{ key: SEARCH_ATTRIBUTES.target, value: target }];
  return {
    scheduleId: id,
    spec: {
      intervals: [{ every: everyMs, offset: offsetOf(id, everyMs) }],
      jitter: Math.min(LONGEST_JITTER_MS, Math.floor(everyMs / 12)),
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: kind.workflowType,
      workflowId: id,
      taskQueue: WORKFLOWS_QUEUE,
      args: kind.argsOf(plan),
      staticSummary: kind.summaryOf(target),
      typedSearchAttributes: searchAttributes,
    },
    policies: {
      overlap: 'SKIP' as const,
      catchupWindow: Math.min(LONGEST_CATCH_UP_MS, Math.max(SHORTEST_CATCH_UP_MS, everyMs)),
      pauseOnFailure: false,
    },
    typedSearchAttributes: searchAttributes,
  };
}

// Intervals are aligned to the epoch: without an offset all schedules of one interval run at once.
function offsetOf(id: string, everyMs: number): number {
  const hash = createHash('sha256').update(id).digest().readUInt32BE(0);
  const seconds = Math.floor(everyMs / 1_000);
  return seconds === 0 ? 0 : (hash % seconds) * 1_000;
}
