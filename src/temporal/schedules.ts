import { createHash } from 'node:crypto';
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Client, ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { PurserError } from '../domain/errors.ts';

// The server takes no shorter one.
const SHORTEST_CATCH_UP_MS = 10_000;
const LONGEST_CATCH_UP_MS = 60_000;
const LONGEST_JITTER_MS = 10_000;

/** A workflow that is to run again and again, one run at a time. */
export interface Recurring {
  /** Of the schedule; its runs' ids have the time added. */
  readonly id: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  readonly everyMs: number;
  /** One line for the Web UI. */
  readonly summary: string;
  readonly searchAttributes: SearchAttributePair[];
}

/**
 * Makes a schedule be as described, whether it is there or not. It is never made anew: that would
 * lose its last result, which is the state of the runs. A pause stays.
 *
 * What is missed by more than a moment is not made up for, a run that is due while one is under way
 * is skipped, and schedules of the same interval are spread over it by their ids.
 */
export async function applySchedule(
  client: Client,
  recurring: Recurring,
): Promise<'created' | 'updated'> {
  const options = optionsOf(recurring);
  try {
    await client.schedule.create(options);
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  await client.schedule.getHandle(recurring.id).update((before) => ({
    ...before,
    spec: options.spec,
    action: options.action,
    policies: options.policies,
  }));
  return 'updated';
}

/** What there is to know of a schedule; undefined where there is none. */
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

/** A schedule to act on. Throws `NotConfigured`, with what makes one, where there is none. */
export async function scheduleToChange(
  client: Client,
  id: string,
  howToMake: string,
): Promise<ScheduleHandle> {
  const found = await findSchedule(client, id);
  if (found !== undefined) return client.schedule.getHandle(id);
  throw new PurserError(
    'NotConfigured',
    `there is no schedule ${id}; make it with \`${howToMake}\``,
  );
}

function optionsOf({ id, workflowType, taskQueue, args, everyMs, ...shown }: Recurring) {
  return {
    scheduleId: id,
    spec: {
      intervals: [{ every: everyMs, offset: offsetOf(id, everyMs) }],
      jitter: Math.min(LONGEST_JITTER_MS, Math.floor(everyMs / 12)),
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType,
      workflowId: id,
      taskQueue,
      args: [...args],
      staticSummary: shown.summary,
      typedSearchAttributes: shown.searchAttributes,
    },
    policies: {
      overlap: 'SKIP' as const,
      catchupWindow: Math.min(LONGEST_CATCH_UP_MS, Math.max(SHORTEST_CATCH_UP_MS, everyMs)),
      pauseOnFailure: false,
    },
    typedSearchAttributes: shown.searchAttributes,
  };
}

// Intervals are aligned to the epoch: without an offset all schedules of one interval run at once.
function offsetOf(id: string, everyMs: number): number {
  const hash = createHash('sha256').update(id).digest().readUInt32BE(0);
  const seconds = Math.floor(everyMs / 1_000);
  return seconds === 0 ? 0 : (hash % seconds) * 1_000;
}
