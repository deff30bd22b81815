import type { createAccessListActivities } from '../../activities/access/grants/access-list.ts';
import type { createGrantActivities } from '../../activities/access/grants/grants.ts';
import type { createMarkActivities } from '../../activities/access/grants/marks.ts';
import type { createPlanActivities } from '../../activities/access/grants/plan.ts';
import type { createRevocationActivities } from '../../activities/access/grants/revocations.ts';
import type { createOnboardingActivities } from '../../activities/access/onboardings.ts';
import type { createLoginActivities } from '../../activities/access/people/logins.ts';
import type { createProvisionActivities } from '../../activities/access/people/provision.ts';
import type { createSubjectActivities } from '../../activities/access/people/subjects.ts';
import type { createProofActivities } from '../../activities/access/proof/proof.ts';
import type { createBindingSweepActivities } from '../../activities/access/sweep/bindings.ts';
import type { createProofSweepActivities } from '../../activities/access/sweep/proofs.ts';
import type { createNotifyActivities } from '../../activities/alerts/notify.ts';
import type { createArchiveActivities } from '../../activities/archive.ts';
import type {
  createDoctorActivities,
  createProofDoctorActivities,
} from '../../activities/doctor.ts';
import type { createHealthActivities } from '../../activities/health/activities.ts';
import type { createHealthHistoryActivities } from '../../activities/health/history.ts';
import type { createMetricsActivities } from '../../activities/health/read-metrics.ts';
import type { createIdentityActivities } from '../../activities/identity/identity.ts';
import type { createLogActivities } from '../../activities/logs/activities.ts';

type Steps = ReturnType<typeof createIdentityActivities> &
  ReturnType<typeof createSubjectActivities> &
  ReturnType<typeof createLoginActivities> &
  ReturnType<typeof createProvisionActivities> &
  ReturnType<typeof createPlanActivities> &
  ReturnType<typeof createGrantActivities> &
  ReturnType<typeof createMarkActivities> &
  ReturnType<typeof createRevocationActivities> &
  ReturnType<typeof createAccessListActivities> &
  ReturnType<typeof createDoctorActivities> &
  ReturnType<typeof createHealthActivities> &
  ReturnType<typeof createMetricsActivities> &
  ReturnType<typeof createLogActivities> &
  ReturnType<typeof createBindingSweepActivities>;

type Proofs = ReturnType<typeof createProofActivities> &
  ReturnType<typeof createProofDoctorActivities> &
  ReturnType<typeof createProofSweepActivities>;

type Central = ReturnType<typeof createArchiveActivities> &
  ReturnType<typeof createOnboardingActivities> &
  ReturnType<typeof createHealthHistoryActivities> &
  ReturnType<typeof createNotifyActivities>;

/** All activities of the product that are not local, by the name that they have on the wire. */
export type Activities = Steps & Proofs & Central;
