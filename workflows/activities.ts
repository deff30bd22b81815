import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { createAccessListActivities } from '../activities/access/grants/access-list.ts';
import type { createArchiveActivities } from '../activities/archive.ts';
import type { createDoctorActivities, createProofDoctorActivities } from '../activities/doctor.ts';
import type { createGrantActivities } from '../activities/access/grants/grants.ts';
import type { createPlanActivities } from '../activities/access/grants/plan.ts';
import type { createMarkActivities } from '../activities/access/grants/marks.ts';
import type { createHealthActivities } from '../activities/health/activities.ts';
import type { createHealthHistoryActivities } from '../activities/health/history.ts';
import type { createIdentityActivities } from '../activities/identity/identity.ts';
import type { createLoginActivities } from '../activities/access/people/logins.ts';
import type { createEvaluationActivities } from '../activities/health/evaluation.ts';
import type { createMetricsActivities } from '../activities/health/read-metrics.ts';
import type { createNotifyActivities } from '../activities/alerts/notify.ts';
import type { createOnboardingActivities } from '../activities/access/onboardings.ts';
import type { createLogActivities } from '../activities/logs/activities.ts';
import type { createProofActivities } from '../activities/access/proof/proof.ts';
import type { createProvisionActivities } from '../activities/access/people/provision.ts';
import type { createRevocationActivities } from '../activities/access/grants/revocations.ts';
import type { createSubjectActivities } from '../activities/access/people/subjects.ts';
import type { createBindingSweepActivities } from '../activities/access/sweep/bindings.ts';
import type { createProofSweepActivities } from '../activities/access/sweep/proofs.ts';
import { LOGIN_POLL } from '../src/access/model/first-login.ts';
import { BACKOFF } from '../src/domain/patience.ts';
import { proofQueue, targetQueue, WORKFLOWS_QUEUE } from './contract.ts';

export type TargetActivities = ReturnType<typeof createIdentityActivities> &
  ReturnType<typeof createSubjectActivities> &
  ReturnType<typeof createLoginActivities> &
  ReturnType<typeof createProvisionActivities> &
  ReturnType<typeof createPlanActivities> &
  ReturnType<typeof createGrantActivities> &
  ReturnType<typeof createMarkActivities> &
  ReturnType<typeof createRevocationActivities> &
  ReturnType<typeof createAccessListActivities> &
  ReturnType<typeof createDoctorActivities> &
  ReturnType<typeof createMetricsActivities>;

/** The basic options of every step; the options of one call are merged into them field by field. */
export const STEP = {
  startToCloseTimeout: '2 minutes',
  // Within this time Temporal notices a killed worker; activities send a heartbeat every 4 s.
  heartbeatTimeout: '15 seconds',
  // The SDK's real default, TRY_CANCEL, would let the undo overtake the step that it undoes.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // How long a step is retried is a setting of its target, which the worker knows (activities/attempt.ts).
  // The number limits, to about a day, a step that kills its worker at each attempt.
  retry: {
    initialInterval: BACKOFF.initialMs,
    backoffCoefficient: BACKOFF.coefficient,
    maximumInterval: BACKOFF.atMostMs,
    maximumAttempts: 5_000,
  },
} as const satisfies ActivityOptions;

// A revocation has no deadline: the cluster may be unreachable, or refuse the deletion, for any time.
const RETRY_UNTIL_DONE = {
  ...STEP,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
} as const satisfies ActivityOptions;

/**
 * The clean-up after a proof has a limit. What it leaves gives no access by itself, and the sweep removes it
 * (docs/decisions/0020).
 */
const UNDO_PROOF = {
  ...RETRY_UNTIL_DONE,
  scheduleToStartTimeout: '10 minutes',
  scheduleToCloseTimeout: '30 minutes',
} as const satisfies ActivityOptions;

// Temporal itself repeats a poll that finds no login.
const POLL = {
  ...STEP,
  startToCloseTimeout: '1 minute',
  retry: {
    initialInterval: LOGIN_POLL.firstMs,
    backoffCoefficient: LOGIN_POLL.growth,
    maximumInterval: LOGIN_POLL.longestMs,
  },
} as const satisfies ActivityOptions;

// The caller of an update waits for the answer.
const POLL_AT_ONCE = { ...POLL, retry: { ...POLL.retry, maximumAttempts: 2 } } as const;

/** The steps of a collection of logs. Reading one container may take hours. */
export function logsOn(target: string, startToCloseTimeout: '10 minutes' | '3 hours') {
  return proxyActivities<ReturnType<typeof createLogActivities>>({
    ...STEP,
    startToCloseTimeout,
    taskQueue: targetQueue(target),
  });
}

/** The first step of a collection; see {@link firstStepOn}. */
export function firstLogsOn(target: string) {
  return proxyActivities<ReturnType<typeof createLogActivities>>({
    ...STEP,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '10 minutes',
  });
}

/**
 * The first step of a workflow. It ends if no worker serves the target: the target's name is wrong, or its
 * worker was not started.
 */
export function firstStepOn(target: string) {
  return proxyActivities<TargetActivities>({
    ...STEP,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '10 minutes',
  });
}

export function revocationOn(target: string) {
  return proxyActivities<TargetActivities>({ ...RETRY_UNTIL_DONE, taskQueue: targetQueue(target) });
}

/** The first step of a revocation; see {@link firstStepOn}. */
export function firstRevocationOn(target: string) {
  return proxyActivities<TargetActivities>({
    ...RETRY_UNTIL_DONE,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '10 minutes',
  });
}

export function stepsOn(target: string) {
  return proxyActivities<TargetActivities>({ ...STEP, taskQueue: targetQueue(target) });
}

export function pollOn(target: string) {
  return proxyActivities<TargetActivities>({ ...POLL, taskQueue: targetQueue(target) });
}

export function pollAtOnceOn(target: string) {
  return proxyActivities<TargetActivities>({
    ...POLL_AT_ONCE,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '30 seconds',
  });
}

/** The undo of what gives access runs in rounds, which have their own limits (workflows/access/undo/limits.ts). */
export function undoOn(target: string) {
  return proxyActivities<TargetActivities>({ ...STEP, taskQueue: targetQueue(target) });
}

export type ProofActivities = ReturnType<typeof createProofActivities> &
  ReturnType<typeof createProofDoctorActivities>;

export function proofOn(target: string) {
  return proxyActivities<ProofActivities>({
    ...STEP,
    startToCloseTimeout: '10 minutes',
    taskQueue: proofQueue(target),
  });
}

/** A proof that must not delay the revocation: it ends if no worker takes it. */
export function refusalOn(target: string) {
  return proxyActivities<ProofActivities>({
    ...STEP,
    startToCloseTimeout: '10 minutes',
    scheduleToStartTimeout: '10 minutes',
    taskQueue: proofQueue(target),
  });
}

export function undoProofOn(target: string) {
  return proxyActivities<ProofActivities>({ ...UNDO_PROOF, taskQueue: proofQueue(target) });
}

const SWEEP = { ...STEP, startToCloseTimeout: '1 hour' } as const satisfies ActivityOptions;

/** A sweep of the bindings; see {@link firstStepOn} for a target without a worker. */
export function sweepOn(target: string) {
  return proxyActivities<ReturnType<typeof createBindingSweepActivities>>({
    ...SWEEP,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '10 minutes',
  });
}

/** A sweep does not wait for a worker of proofs; if there is none, it reports that. */
export function sweepProofsOn(target: string) {
  return proxyActivities<ReturnType<typeof createProofSweepActivities>>({
    ...SWEEP,
    taskQueue: proofQueue(target),
    scheduleToStartTimeout: '1 minute',
  });
}

export function archive() {
  return proxyActivities<ReturnType<typeof createArchiveActivities>>({
    ...STEP,
    taskQueue: WORKFLOWS_QUEUE,
    retry: { ...STEP.retry, maximumAttempts: 5 },
  });
}

/** Activities by which a revocation finds onboardings in Temporal. */
export function onboardings() {
  return proxyActivities<ReturnType<typeof createOnboardingActivities>>({
    ...RETRY_UNTIL_DONE,
    taskQueue: WORKFLOWS_QUEUE,
  });
}

export type NotifyActivities = ReturnType<typeof createNotifyActivities>;

/** A delivery is tried while a notifier is down, for a long weekend at most (docs/decisions/0018). */
export function notifiers() {
  return proxyActivities<NotifyActivities>({
    ...STEP,
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '3 days',
    taskQueue: WORKFLOWS_QUEUE,
    retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes' },
  });
}

/** Two attempts only: the next run repeats it anyway, or a caller waits for the answer. */
export function notifiersOnce() {
  return proxyActivities<NotifyActivities>({
    ...STEP,
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: '1 minute',
    taskQueue: WORKFLOWS_QUEUE,
    retry: { maximumAttempts: 2 },
  });
}

/** If no worker takes it within a minute, none is running; the next run tries again. */
export function healthChecksOn(target: string) {
  return proxyActivities<ReturnType<typeof createHealthActivities>>({
    ...STEP,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '1 minute',
    startToCloseTimeout: '2 minutes',
    retry: { ...STEP.retry, maximumAttempts: 2 },
  });
}

/** A local activity, in the workflow's own task: a short calculation that needs the configuration. */
export function evaluation() {
  return proxyLocalActivities<ReturnType<typeof createEvaluationActivities>>({
    startToCloseTimeout: '10 seconds',
    retry: { maximumAttempts: 3 },
  });
}

/** A run waits for the archive for two minutes at most. */
export function healthHistoryActivities() {
  return proxyActivities<ReturnType<typeof createHealthHistoryActivities>>({
    ...STEP,
    taskQueue: WORKFLOWS_QUEUE,
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '2 minutes',
    retry: { ...STEP.retry, maximumAttempts: 3 },
  });
}
