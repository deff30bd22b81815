import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import type { Step } from '../../domain/report.ts';
import { progressQuery } from '../../../workflows/contract.ts';
import type { Screen } from './screen.ts';

const LOOK_EVERY_MS = 250;
const NO_WORKER_AFTER_MS = 10_000;

/**
 * Shows the steps of a workflow as they happen, until `ended` says that it is over. Shows what it
 * waits for, too: an attempt that failed and will be repeated, or a worker that is not there.
 */
export async function follow(
  handle: WorkflowHandle,
  screen: Screen,
  ended: AbortSignal,
): Promise<void> {
  const shown = { steps: 0, attempt: '', failure: '', hinted: false };
  while (!ended.aborted) {
    const look = await glance(handle);
    if (look !== undefined) {
      for (const step of look.steps.slice(shown.steps)) screen.step(step);
      shown.steps = Math.max(shown.steps, look.steps.length);
      screen.running(look.running);
      tellOfWaiting(look, shown, screen);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => {});
  }
}

interface Look {
  readonly steps: readonly Step[];
  readonly running: string | undefined;
  readonly pending: Pending | undefined;
}

interface Pending {
  readonly name: string;
  readonly attempt: number;
  readonly failure: string | undefined;
  readonly waitsForWorkerMs: number;
}

function tellOfWaiting(
  { pending }: Look,
  shown: { attempt: string; failure: string; hinted: boolean },
  screen: Screen,
): void {
  if (pending === undefined) return;
  const attempt = `${pending.name} ${pending.attempt}`;
  if (pending.failure !== undefined && shown.attempt !== attempt) {
    shown.attempt = attempt;
    const how =
      shown.failure === pending.failure ? 'failed likewise' : `failed: ${pending.failure}`;
    shown.failure = pending.failure;
    screen.note(`attempt ${pending.attempt - 1} of ${pending.name} ${how}; trying again`);
  }
  if (pending.waitsForWorkerMs > NO_WORKER_AFTER_MS && !shown.hinted) {
    shown.hinted = true;
    screen.note(
      `${pending.name} waits for a worker: is \`purser worker\` running for this target?`,
    );
  }
}

// A look that fails (no workflow worker answers the query yet) is no reason to stop looking.
async function glance(handle: WorkflowHandle): Promise<Look | undefined> {
  try {
    const { connection } = handle.client;
    const [progress, { raw }] = await Promise.all([
      connection.withDeadline(Date.now() + 2_000, () => handle.query(progressQuery)),
      handle.describe(),
    ]);
    const [activity] = raw.pendingActivities ?? [];
    if (activity === undefined) return { ...progress, pending: undefined };
    const beaten = heartbeatSteps(activity.heartbeatDetails?.payloads?.[0]);
    return { ...progress, steps: [...progress.steps, ...beaten], pending: pendingOf(activity) };
  } catch {
    return undefined;
  }
}

type PendingActivity = NonNullable<
  Awaited<ReturnType<WorkflowHandle['describe']>>['raw']['pendingActivities']
>[number];

function pendingOf(activity: PendingActivity): Pending {
  const { activityType, attempt, lastFailure } = activity;
  return {
    name: activityType?.name ?? 'an activity',
    attempt: attempt ?? 1,
    failure: lastFailure?.message ?? undefined,
    waitsForWorkerMs: waitingSince(activity),
  };
}

function waitingSince({ lastStartedTime, scheduledTime }: PendingActivity): number {
  const isStarted = lastStartedTime !== null && lastStartedTime !== undefined;
  const scheduledAt = Number(scheduledTime?.seconds ?? 0) * 1000;
  return isStarted || scheduledAt === 0 ? 0 : Date.now() - scheduledAt;
}

const beatSchema = z.object({
  steps: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(['passed', 'failed', 'not-applicable', 'not-tried']),
      detail: z.string(),
      durationMs: z.number(),
    }),
  ),
});

function heartbeatSteps(
  payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined,
) {
  if (payload === undefined) return [];
  const beat = beatSchema.safeParse(defaultPayloadConverter.fromPayload(payload));
  return beat.success ? beat.data.steps : [];
}
