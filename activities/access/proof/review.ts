import { setTimeout as sleep } from 'node:timers/promises';
import { canSubject } from '../../../src/kubernetes/reviews.ts';
import { allowsPush, formatAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { METRICS_RIGHT, pullRight, pushRight } from '../../../src/domain/rbac.ts';
import type { Right } from '../../../src/domain/rbac.ts';
import { userNameOf } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { SubjectFacts } from '../../../src/openshift/subjects.ts';
import type { Target } from '../../target.ts';
import type { StepResult } from './steps.ts';

// A role binding takes effect within 0.1 s (openshift-facts.md 10.5); twenty times that is ample.
const SETTLES_WITHIN_MS = 2_000;

/** The subject of the review. */
export interface Reviewee {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
}

/** Asks the API, as the registry would, whether the subject now holds every access. */
export async function review(
  target: Target,
  reviewee: Reviewee,
  accesses: readonly Access[],
  signal: AbortSignal,
): Promise<StepResult> {
  const denied = await waitWhilePending(accesses, signal, (access) =>
    denies(target, reviewee, access, signal),
  );
  if (denied.length === 0) {
    return { detail: `the cluster's review allows ${accesses.map(formatAccess).join(', ')}` };
  }
  return {
    outcome: 'failed',
    cause: 'forbidden',
    detail: `the cluster's review still denies ${denied.map(formatAccess).join(', ')} although it was granted; look at the role's rules`,
  };
}

/** The accesses that the review still allows after they were revoked, once that has taken effect. */
export async function stillAllowed(
  target: Target,
  reviewee: Reviewee,
  accesses: readonly Access[],
  signal: AbortSignal,
): Promise<readonly Access[]> {
  return waitWhilePending(
    accesses,
    signal,
    async (access) => !(await denies(target, reviewee, access, signal)),
  );
}

async function denies(
  target: Target,
  { subject, facts }: Reviewee,
  access: Access,
  signal: AbortSignal,
): Promise<boolean> {
  const who = { user: userNameOf(subject), groups: facts.groups };
  const answers = await Promise.all(
    rightsOf(access).map((right) => canSubject(target.cluster, who, right, signal)),
  );
  return answers.includes(false);
}

/** Waits until no access is pending any more. Resolves to those that still are at the end of the time. */
async function waitWhilePending(
  accesses: readonly Access[],
  signal: AbortSignal,
  isPending: (access: Access) => Promise<boolean>,
): Promise<readonly Access[]> {
  const until = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const answers = await Promise.all(accesses.map(isPending));
    const left = accesses.filter((_, index) => answers[index]);
    if (left.length === 0 || Date.now() >= until) return left;
    await sleep(50, undefined, { signal });
  }
}

/** What the registry asks the API for this access (openshift-facts.md 1.6). */
function rightsOf(access: Access): readonly Right[] {
  if (access.level === 'metrics') return [METRICS_RIGHT];
  const pull = pullRight(access.namespace);
  return allowsPush(access) ? [pull, pushRight(access.namespace)] : [pull];
}
