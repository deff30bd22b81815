import type { GrantRecord } from '../../src/domain/report.ts';
import type { OnboardRequest } from '../../src/domain/request.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import type { Proof } from '../../activities/proof.ts';
import type { SubjectFacts } from '../../activities/people/subjects.ts';
import { proofOn, stepsOn, undoOn, undoProofOn } from '../activities.ts';
import type { Board } from '../board.ts';
import { proofId } from '../proof-id.ts';
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
      { subject, accesses, facts, claimed: claimedBy(request) },
    ]),
  );
  course.grants.push(...granted.grants);
}

/** Tries the accesses with the subject's own rights, or with those of the member that stands for it. */
export async function proveAccess(
  { request, board, saga, subject }: Course,
  facts: SubjectFacts,
  by: { readonly subject: Subject; readonly facts: SubjectFacts } | undefined,
): Promise<Proof> {
  const { target, accesses, prove, image } = request;
  const proof = proofId();
  saga.undoBy('clean up after the proof', () =>
    undoProofOn(target).undoProof.executeWithOptions({ summary: 'leave no token and no canary' }, [
      { subject: by?.subject ?? subject, accesses, proof },
    ]),
  );
  const proving = { summary: `try it with ${formatSubject(subject)}'s own rights` };
  return board.step('proof', () =>
    proofOn(target).proveAccess.executeWithOptions(proving, [
      { subject, facts, accesses, prove, proof, image, ...(by === undefined ? {} : { by }) },
    ]),
  );
}
