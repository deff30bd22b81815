import { proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { createAccessListActivities } from '../activities/access-list.ts';
import type { createArchiveActivities } from '../activities/archive.ts';
import type { createDoctorActivities, createProofDoctorActivities } from '../activities/doctor.ts';
import type { createGrantActivities } from '../activities/grants.ts';
import type { createIdentityActivities } from '../activities/identity.ts';
import type { createLogActivities } from '../activities/logs.ts';
import type { createProofActivities } from '../activities/proof.ts';
import type { createRevocationActivities } from '../activities/revocations.ts';
import type { createSubjectActivities } from '../activities/subjects.ts';
import { proofQueue, targetQueue, WORKFLOWS_QUEUE } from './contract.ts';

type TargetActivities = ReturnType<typeof createIdentityActivities> &
  ReturnType<typeof createSubjectActivities> &
  ReturnType<typeof createGrantActivities> &
  ReturnType<typeof createRevocationActivities> &
  ReturnType<typeof createAccessListActivities> &
  ReturnType<typeof createDoctorActivities>;

const STEP = {
  startToCloseTimeout: '2 minutes',
  // A worker that was killed is noticed within this; activities beat every 4 s.
  heartbeatTimeout: '15 seconds',
  // The SDK's real default, TRY_CANCEL, would let the undo overtake the step that it undoes.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1 second', maximumInterval: '15 seconds', maximumAttempts: 10 },
} as const satisfies ActivityOptions;

// Whatever is to be undone stays to be undone: the cluster may be away for as long as it likes.
const UNDO = {
  ...STEP,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
} as const satisfies ActivityOptions;

/** The steps of a collection of logs; the reading of one container may take its time. */
export const logsOn = (target: string, startToCloseTimeout: '10 minutes' | '3 hours') =>
  proxyActivities<ReturnType<typeof createLogActivities>>({
    ...STEP,
    startToCloseTimeout,
    taskQueue: targetQueue(target),
  });

/** The first step of a collection; see {@link firstStepOn}. */
export const firstLogsOn = (target: string) =>
  proxyActivities<ReturnType<typeof createLogActivities>>({
    ...STEP,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '10 minutes',
  });

/**
 * The first step of a workflow: it ends where no worker serves the target, which is a mistake in the
 * target's name or a worker that nobody has started.
 */
export const firstStepOn = (target: string) =>
  proxyActivities<TargetActivities>({
    ...STEP,
    taskQueue: targetQueue(target),
    scheduleToStartTimeout: '10 minutes',
  });

export const stepsOn = (target: string) =>
  proxyActivities<TargetActivities>({ ...STEP, taskQueue: targetQueue(target) });

export const undoOn = (target: string) =>
  proxyActivities<TargetActivities>({ ...UNDO, taskQueue: targetQueue(target) });

type ProofActivities = ReturnType<typeof createProofActivities> &
  ReturnType<typeof createProofDoctorActivities>;

export const proofOn = (target: string) =>
  proxyActivities<ProofActivities>({
    ...STEP,
    startToCloseTimeout: '10 minutes',
    taskQueue: proofQueue(target),
  });

export const undoProofOn = (target: string) =>
  proxyActivities<ProofActivities>({ ...UNDO, taskQueue: proofQueue(target) });

export const archive = () =>
  proxyActivities<ReturnType<typeof createArchiveActivities>>({
    ...STEP,
    taskQueue: WORKFLOWS_QUEUE,
    retry: { ...STEP.retry, maximumAttempts: 5 },
  });
