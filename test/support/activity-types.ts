import type { createOnboardingActivities } from '../../activities/access/onboardings.ts';
import type { createBindingSweepActivities } from '../../activities/access/sweep/bindings.ts';
import type { createProofSweepActivities } from '../../activities/access/sweep/proofs.ts';
import type { createArchiveActivities } from '../../activities/archive.ts';
import type { createHealthActivities } from '../../activities/health/activities.ts';
import type { createHealthHistoryActivities } from '../../activities/health/history.ts';
import type { createLogActivities } from '../../activities/logs/activities.ts';
import type {
  NotifyActivities,
  ProofActivities,
  TargetActivities,
} from '../../workflows/activities.ts';

/** All activities of the product that are not local, by the name that they have on the wire. */
export type Activities = TargetActivities &
  ProofActivities &
  NotifyActivities &
  ReturnType<typeof createHealthActivities> &
  ReturnType<typeof createLogActivities> &
  ReturnType<typeof createBindingSweepActivities> &
  ReturnType<typeof createProofSweepActivities> &
  ReturnType<typeof createArchiveActivities> &
  ReturnType<typeof createOnboardingActivities> &
  ReturnType<typeof createHealthHistoryActivities>;
