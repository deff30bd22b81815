import type { GrantRecord } from '../../src/domain/report.ts';
import type { OnboardRequest } from '../../src/domain/request.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import type { Proof } from '../../activities/proof.ts';
import type { SubjectFacts } from '../../activities/people/subjects.ts';
import { proofOn, stepsOn, undoOn, undoProofOn } from '../activities.ts';
import type { Board } from '../board.ts';
import { claimedBy } from '../reporting.ts';
import type { Saga } from '../saga.ts';

/** One onboarding under way. */
export interface Course {
  readonly request: OnboardRequest;
  readonly board: Board;
  readonly saga: Saga;
  /** Filled by {@link grantAccess}. */
  readonly grants: GrantRecord[];
  /** By the name that the cluster knows; as it was asked for until that is found out. */
  subject: Subject;
}

/** Makes User, Identity and mapping, so that a provider which looks people up lets the person in. */
export async function makeLogin({ request, board, saga }: Course): Promise<void> {
  const { target, subject, provider, providerUser } = request;
  const login = { user: subject.name, provider, providerUser };
  saga.undoBy('take back the login', () =>
    undoOn(target).undoLogin.executeWithOptions(
      { summary: `take back what this run made of ${subject.name}’s login` },
      [login],
    ),
  );
  const making = { summary: `make User, Identity and mapping of ${subject.name}` };
  await board.step('provision', () =>
    stepsOn(target).makeLogin.executeWithOptions(making, [login]),
  );
}

/** Makes one binding an access. */
export async function grantAccess(course: Course, facts: SubjectFacts): Promise<void> {
  const { request, board, saga, subject } = course;
  const { target, accesses } = request;
  saga.undoBy('take back the grants', () =>
    undoOn(target).undoGrants.executeWithOptions(
      { summary: `take back what this run gave ${formatSubject(subject)}` },
      [{ subject, accesses }],
    ),
  );
  const granting = { summary: `grant ${accesses.join(', ')}` };
  const granted = await board.step('grant', () =>
    stepsOn(target).grantAccess.executeWithOptions(granting, [
      { subject, accesses, ...expecting(facts), claimed: claimedBy(request) },
    ]),
  );
  course.grants.push(...granted.grants);
}

/** Tries the accesses with the subject's own rights, or with those of the member that stands for it. */
export async function proveAccess(
  { request, board, saga, subject }: Course,
  facts: SubjectFacts,
  by: string | undefined,
): Promise<Proof> {
  const { target, accesses, prove } = request;
  const cleaning = { summary: 'leave no token and no canary' };
  saga.undoBy('clean up after the proof', async () => {
    const { undoProof } = undoProofOn(target);
    board.find((await undoProof.executeWithOptions(cleaning, [{ subject, accesses }])).notes);
  });
  const proving = { summary: `try it with ${formatSubject(subject)}'s own rights` };
  return board.step('proof', () =>
    proofOn(target).proveAccess.executeWithOptions(proving, [
      { subject, accesses, prove, ...expecting(facts), ...(by === undefined ? {} : { by }) },
    ]),
  );
}

// The activity looks the subject up itself: it is told who was meant, in case the name has passed on.
function expecting({ uid }: SubjectFacts): { readonly expectUid?: string } {
  return uid === undefined ? {} : { expectUid: uid };
}
