import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import type { Step } from '../../domain/report.ts';
import { progressQuery } from '../../../workflows/contract.ts';
import { formatBytes } from '../../domain/logs/size.ts';
import { formatCount } from './amount.ts';
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
    const running = withAmounts(progress.running, raw.pendingActivities ?? []);
    const steps = [...progress.steps, ...beaten];
    return { steps, running, pending: pendingOf(activity) };
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

const amountSchema = z.object({ lines: z.number(), bytes: z.number() });

// What reads logs beats with how many lines and bytes it has; several may do so at once.
function withAmounts(
  running: string | undefined,
  pending: readonly PendingActivity[],
): string | undefined {
  const amounts = pending.flatMap(({ heartbeatDetails }) => {
    const payload = heartbeatDetails?.payloads?.[0];
    const beat = payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
    const amount = amountSchema.safeParse(beat);
    return amount.success ? [amount.data] : [];
  });
  if (running === undefined || amounts.length === 0) return running;
  const lines = amounts.reduce((sum, amount) => sum + amount.lines, 0);
  const bytes = amounts.reduce((sum, amount) => sum + amount.bytes, 0);
  return `${running}: ${formatCount(lines)} lines, ${formatBytes(bytes)} so far`;
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
