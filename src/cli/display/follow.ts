import { describeFinding } from '../../domain/finding.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import { formatDuration } from '../../domain/duration.ts';
import type { Step } from '../../domain/step.ts';
import { progressQuery } from '../../../workflows/contract.ts';
import type { OverdueUndo, Waiting } from '../../../workflows/contract.ts';
import { readPayload } from '../../temporal/data-converter.ts';
import { formatBytes } from '../../logs/model/size.ts';
import { formatCount } from './amount.ts';
import type { Screen } from './screen.ts';

const POLL_EVERY_MS = 250;
// Somebody may be waited for until tomorrow with a terminal open.
const POLL_EVERY_MS_WAITING = 1_000;
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
  const shown = { steps: 0, attempt: '', failure: '', hinted: false, waiting: '', undo: '' };
  while (!ended.aborted) {
    const snapshot = await readProgress(handle);
    if (snapshot !== undefined) {
      for (const step of snapshot.steps.slice(shown.steps)) screen.step(step);
      shown.steps = Math.max(shown.steps, snapshot.steps.length);
      screen.running(runningNow(snapshot));
      describeLogin(snapshot, shown, screen);
      describeUndo(snapshot, shown, screen);
      describeWaiting(snapshot, shown, screen);
    }
    const pause = snapshot?.waiting === undefined ? POLL_EVERY_MS : POLL_EVERY_MS_WAITING;
    await sleep(pause, undefined, { signal: ended }).catch(() => {});
  }
}

interface ProgressSnapshot {
  readonly steps: readonly Step[];
  readonly running: string | undefined;
  readonly waiting?: Waiting | undefined;
  readonly undo?: OverdueUndo | undefined;
  readonly pending: Pending | undefined;
}

interface Pending {
  readonly name: string;
  readonly attempt: number;
  readonly failure: string | undefined;
  readonly waitsForWorkerMs: number;
  /** When the next attempt is due, in milliseconds of the epoch; undefined while one runs. */
  readonly nextAt: number | undefined;
  /** Whether its attempts fail as long as somebody has not come. */
  readonly awaitsLogin: boolean;
}

/** What is under way, and how long until the next look where somebody is waited for. */
function runningNow({ running, waiting, pending }: ProgressSnapshot): string | undefined {
  if (waiting === undefined) return running;
  const inMs = (pending?.nextAt ?? 0) - Date.now();
  const next = inMs > 0 ? `; next look in ${formatDuration(inMs)}` : '';
  return `waiting for ${waiting.for}${next}`;
}

function describeLogin(
  { waiting }: ProgressSnapshot,
  shown: { waiting: string },
  screen: Screen,
): void {
  if (waiting === undefined || shown.waiting === waiting.for) return;
  shown.waiting = waiting.for;
  screen.note(`waiting for ${waiting.for}, until ${waiting.until}. ${waiting.advice}`);
  for (const finding of waiting.findings ?? []) screen.note(describeFinding(finding));
}

function describeUndo({ undo }: ProgressSnapshot, shown: { undo: string }, screen: Screen): void {
  if (undo === undefined) return;
  const left = undo.left.map(({ what, why }) => `${what} (${why})`).join('; ');
  if (shown.undo === left) return;
  shown.undo = left;
  screen.note(`the undo is overdue, since ${undo.since}: ${left}. ${undo.advice}`);
}

function describeWaiting(
  { pending }: ProgressSnapshot,
  shown: { attempt: string; failure: string; hinted: boolean },
  screen: Screen,
): void {
  if (pending === undefined) return;
  const attempt = `${pending.name} ${pending.attempt}`;
  if (pending.failure !== undefined && !pending.awaitsLogin && shown.attempt !== attempt) {
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
async function readProgress(handle: WorkflowHandle): Promise<ProgressSnapshot | undefined> {
  try {
    const { connection } = handle.client;
    const [progress, { raw }] = await Promise.all([
      connection.withDeadline(Date.now() + 2_000, () => handle.query(progressQuery)),
      handle.describe(),
    ]);
    const [activity] = raw.pendingActivities ?? [];
    if (activity === undefined) return { ...progress, pending: undefined };
    const fromHeartbeat = await heartbeatSteps(activity);
    const running = await withAmounts(progress.running, raw.pendingActivities ?? []);
    const steps = [...progress.steps, ...fromHeartbeat];
    return { ...progress, steps, running, pending: pendingOf(activity) };
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
    nextAt: dueAt(activity),
    awaitsLogin: lastFailure?.applicationFailureInfo?.type === 'NotLoggedIn',
  };
}

function waitingSince({ lastStartedTime, scheduledTime }: PendingActivity): number {
  const isStarted = lastStartedTime !== null && lastStartedTime !== undefined;
  const scheduledAt = Number(scheduledTime?.seconds ?? 0) * 1000;
  return isStarted || scheduledAt === 0 ? 0 : Date.now() - scheduledAt;
}

function dueAt({ nextAttemptScheduleTime: due }: PendingActivity): number | undefined {
  return due === null || due === undefined ? undefined : Number(due.seconds) * 1000;
}

const amountSchema = z.object({ lines: z.number(), bytes: z.number() });

// What reads logs beats with how many lines and bytes it has; several may do so at once.
async function withAmounts(
  running: string | undefined,
  pending: readonly PendingActivity[],
): Promise<string | undefined> {
  const heartbeats = await Promise.all(pending.map(readHeartbeat));
  const amounts = heartbeats.flatMap((heartbeat) => amountSchema.safeParse(heartbeat).data ?? []);
  if (running === undefined || amounts.length === 0) return running;
  const lines = amounts.reduce((sum, amount) => sum + amount.lines, 0);
  const bytes = amounts.reduce((sum, amount) => sum + amount.bytes, 0);
  return `${running}: ${formatCount(lines)} lines, ${formatBytes(bytes)} so far`;
}

const heartbeatSchema = z.object({
  steps: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(['passed', 'failed', 'not-applicable', 'not-tried']),
      detail: z.string(),
      durationMs: z.number(),
    }),
  ),
});

async function heartbeatSteps(activity: PendingActivity): Promise<readonly Step[]> {
  return heartbeatSchema.safeParse(await readHeartbeat(activity)).data?.steps ?? [];
}

async function readHeartbeat({ heartbeatDetails }: PendingActivity): Promise<unknown> {
  return readPayload(heartbeatDetails?.payloads?.[0]);
}
