import { createFinding } from '../../../src/domain/finding.ts';
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { proofIdOf } from '../../../src/access/model/proof/id.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import type { GrantRecord } from '../../../src/access/model/report/report.ts';
import type { OnboardRequest } from '../../../src/access/model/request.ts';
import { bindingOf } from '../../../src/access/model/report/report.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Proof } from '../../../activities/access/proof/proof.ts';
import type { SeenSubject } from '../../../activities/access/people/look-up.ts';
import { proofOn, stepsOn, undoOn, undoProofOn } from '../../activities.ts';
import type { ProgressView } from '../../progress-view.ts';
import { describeFailure } from '../../failure.ts';
import { claimedBy } from '../reporting.ts';
import type { Saga } from '../undo/saga.ts';

/** One onboarding that runs. */
export interface OnboardingContext {
  readonly request: OnboardRequest;
  readonly view: ProgressView;
  readonly saga: Saga;
  /** Filled by {@link grantAccess}. */
  readonly grants: GrantRecord[];
  /** By the name that the cluster knows; before the step `subject`, as the request names it. */
  subject: Subject;
}

/**
 * Shows the planned bindings. Fails if the guard refuses them, before a login is created. The step
 * `subject` does the same for every onboarding.
 */
export async function showPlan({ request, view }: OnboardingContext): Promise<void> {
  const { target, subject, accesses } = request;
  const planning = { summary: `plan the bindings for ${accesses.join(', ')}` };
  await view.step('plan', () =>
    stepsOn(target).planAccess.executeWithOptions(planning, [{ subject, accesses }]),
  );
}

/** Creates User, Identity and mapping, which a provider with the mapping method `lookup` needs for a login. */
export async function provisionUser({ request, view, saga }: OnboardingContext): Promise<void> {
  const { target, subject, provider, providerUser } = request;
  const login = { user: subject.name, provider, providerUser };
  const undoing = `undo: delete what this run created of ${subject.name}'s login`;
  const undo = saga.undoBy({
    name: 'take back the login',
    patience: 'for-ever',
    mayLeave: () => [`the login of ${subject.name}, if this run made one`],
    run: (round) =>
      undoOn(target).undoProvisioning.executeWithOptions({ summary: undoing, ...round }, [login]),
  });
  const making = { summary: `create User, Identity and mapping of ${subject.name}` };
  await undo.during(() =>
    view.step('provision', () => stepsOn(target).provisionUser.executeWithOptions(making, [login])),
  );
}

/** Creates one binding for each access. */
export async function grantAccess(context: OnboardingContext, facts: SeenSubject): Promise<void> {
  const { request, view, saga, subject } = context;
  const { target, accesses } = request;
  const who = formatSubject(subject);
  const undo = saga.undoBy({
    name: 'take back the grants',
    patience: 'for-ever',
    mayLeave: () => {
      const own = context.grants.filter(({ made }) => made === 'by-this-run').map(bindingOf);
      return own.length > 0 ? own : [`what this run granted ${who} of ${accesses.join(', ')}`];
    },
    run: (round) =>
      undoOn(target).undoGrants.executeWithOptions(
        { summary: `undo: delete the bindings that this run created for ${who}`, ...round },
        [{ subject, accesses, uids: ownUids(context) }],
      ),
  });
  const granting = { summary: `grant ${accesses.join(', ')} to ${who}` };
  const granted = await undo.during(() =>
    view.step('grant', () =>
      stepsOn(target).grantAccess.executeWithOptions(granting, [
        { subject, accesses, ...expecting(facts), claimed: claimedBy(request) },
      ]),
    ),
  );
  context.grants.push(...granted.grants);
}

function ownUids({ grants }: OnboardingContext): string[] {
  return grants.flatMap(({ made, uid }) => (made === 'by-this-run' ? (uid ?? []) : []));
}

/** Tries the accesses with the rights of the subject, or of the member that represents a group. */
export async function proveAccess(
  { request, view, saga, subject }: OnboardingContext,
  facts: SeenSubject,
  by: string | undefined,
): Promise<Proof> {
  const { target, accesses, prove, image } = request;
  const undo = saga.undoBy({
    name: 'clean up after the proof',
    mayLeave: () => [
      `tokens and canaries of the proof ${proofIdOf(workflowInfo().firstExecutionRunId)}, which the sweep removes`,
    ],
    run: async () => {
      const cleaning = { summary: 'delete the tokens and canaries of the proof' };
      const { undoProof } = undoProofOn(target);
      const { notes } = await undoProof.executeWithOptions(cleaning, [{ subject, accesses }]);
      for (const note of notes) view.find(createFinding('warning', 'probe', note));
    },
  });
  const proving = {
    summary: `try ${accesses.join(', ')} with the rights of ${formatSubject(subject)}`,
  };
  return undo.during(() =>
    view.step('proof', () =>
      proofOn(target).proveAccess.executeWithOptions(proving, [
        {
          subject,
          accesses,
          prove,
          image,
          ...expecting(facts),
          ...(by === undefined ? {} : { by }),
        },
      ]),
    ),
  );
}

// The activity looks the subject up itself. The uid shows if the name belongs to another subject by then.
function expecting({ uid }: SeenSubject): { readonly expectUid?: string } {
  return uid === undefined ? {} : { expectUid: uid };
}

/**
 * Marks the bindings with the result of the proof. A mark that cannot be written revokes no access: it is a
 * finding of the report. Throws `Conflict` if a binding is gone: then the proven access no longer exists.
 */
export async function markGrants(
  { request, view, subject }: OnboardingContext,
  verdict: Proof['verdict'],
): Promise<void> {
  const { target, accesses } = request;
  const state = verdict === 'proven' ? 'proven' : 'unproven';
  try {
    const { findings, gone } = await stepsOn(target).markGrants.executeWithOptions(
      { summary: `mark the bindings as ${state}` },
      [{ subject, accesses: [...accesses], state }],
    );
    for (const finding of findings) view.find(finding);
    if (gone.length > 0) throw missingBindings(gone);
  } catch (error) {
    if (isCancellation(error) || error instanceof PurserError) throw error;
    const text = `Purser could not mark the bindings as ${state}: ${describeFailure(error, target).message}`;
    view.find(createFinding('warning', 'probe', text));
  }
}

function missingBindings(gone: readonly string[]): PurserError {
  return new PurserError(
    'Conflict',
    `${gone.join(', ')} was deleted or changed since it was proven; find out who did it and why. If the access is still wanted, start again`,
  );
}
