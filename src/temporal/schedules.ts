import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import { PurserError } from '../domain/errors.ts';
import { WORKFLOWS_QUEUE } from '../../workflows/contract.ts';

/** A workflow that is started again and again. */
export interface Recurring {
  /** Of the schedule; the workflows' ids begin with it. */
  readonly id: string;
  readonly everyMs: number;
  readonly workflowType: string;
  readonly input: unknown;
  /** Shown in the Web UI beside each run. */
  readonly summary: string;
  /** The command that makes it, for whoever looks for one that is not there. */
  readonly madeBy: string;
}

// A tenth of the interval: fleets do not all ask at once, and a run still comes about when it is said.
const JITTER = 0.1;
const JITTER_AT_MOST_MS = 60_000;
/** Runs that were missed for longer than this are not made up for: the next one reads what they would have. */
const CATCH_UP_MS = 60_000;

/** Makes a schedule, or changes the one there is; a run that takes too long has the next one skipped. */
export async function applySchedule(
  client: Client,
  recurring: Recurring,
): Promise<'made' | 'changed'> {
  const options = optionsOf(recurring);
  try {
    await client.schedule.create(options);
    return 'made';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { spec, action, policies } = options;
  await client.schedule.getHandle(recurring.id).update((before) => ({
    ...before,
    spec,
    action,
    policies: { ...before.policies, ...policies },
  }));
  return 'changed';
}

/** Pauses a schedule; the note is shown in the Web UI. Throws `NotConfigured` where there is none. */
export async function pauseSchedule(
  client: Client,
  { id, madeBy }: Pick<Recurring, 'id' | 'madeBy'>,
  note: string,
): Promise<void> {
  await finding({ id, madeBy }, () => client.schedule.getHandle(id).pause(note));
}

/** Lets a paused schedule go on. */
export async function resumeSchedule(
  client: Client,
  { id, madeBy }: Pick<Recurring, 'id' | 'madeBy'>,
  note: string,
): Promise<void> {
  await finding({ id, madeBy }, () => client.schedule.getHandle(id).unpause(note));
}

/** Removes a schedule; a run that is under way goes on. */
export async function removeSchedule(
  client: Client,
  { id, madeBy }: Pick<Recurring, 'id' | 'madeBy'>,
): Promise<void> {
  await finding({ id, madeBy }, () => client.schedule.getHandle(id).delete());
}

function optionsOf({ id, everyMs, workflowType, input, summary }: Recurring) {
  return {
    scheduleId: id,
    spec: {
      intervals: [{ every: everyMs }],
      jitter: Math.min(JITTER_AT_MOST_MS, Math.round(everyMs * JITTER)),
    },
    action: {
      type: 'startWorkflow',
      workflowType,
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: id,
      args: [input],
      staticSummary: summary,
    },
    policies: { overlap: 'SKIP', catchupWindow: CATCH_UP_MS },
  } satisfies ScheduleOptions;
}

async function finding(
  { id, madeBy }: Pick<Recurring, 'id' | 'madeBy'>,
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new PurserError('NotConfigured', `there is no schedule ${id}; \`${madeBy}\` makes one`);
  }
}
