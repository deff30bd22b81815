import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { PurserError } from '../../src/domain/errors.ts';
import { describeUndone, whyUntried } from '../../src/access/model/report/report.ts';
import { onboardRequestSchema } from '../../src/access/model/request.ts';
import type { OnboardRequest } from '../../src/access/model/request.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import type { Proof } from '../../activities/access/proof/proof.ts';
import { firstStepOn, stepsOn } from '../activities.ts';
import { createProgressView } from '../progress-view.ts';
import { onboardId } from '../contract.ts';
import { readRequest, describeFailure } from '../failure.ts';
import { createLoginWatch } from './onboarding/first-login.ts';
import type { LoginWatch } from './onboarding/first-login.ts';
import {
  grantAccess,
  provisionUser,
  markGrants,
  proveAccess,
  showPlan,
} from './onboarding/steps.ts';
import type { OnboardingContext } from './onboarding/steps.ts';
import { createOnboardingUndo } from './onboarding/undo.ts';
import type { OnboardingUndo } from './onboarding/undo.ts';
import { assertOwnId } from '../own-id.ts';
import { finishWithReport } from './reporting.ts';
import type { ArchivedReport } from './reporting.ts';
import { createSaga } from './undo/saga.ts';

/**
 * Brings a subject on board: identity provider → subject → (first login) → grant → proof → report.
 * What fails or is cancelled leaves the cluster as it was found.
 *
 * Input: {@link OnboardRequest}. Result: the report with outcome `proven` or `granted-unproven`, and
 * where it is kept. Fails with the type of what went wrong (src/domain/errors.ts) and the report as
 * the failure's first detail, where it is kept as the second.
 */
export async function onboard(input: OnboardRequest): Promise<ArchivedReport> {
  const request = readRequest(onboardRequestSchema, input);
  assertOwnId(onboardId(request.target, request.subject));
  const view = createProgressView(request);
  const logins = createLoginWatch(request, view);
  const { subject } = request;
  const context = { request, view, subject, saga: createSaga(), grants: [] };
  const undo = createOnboardingUndo(context);
  try {
    const proof = await grantAndProve(context, logins);
    await markGrants(context, proof.verdict);
    const { grants } = context;
    if (proof.verdict === 'proven') {
      return await finishWithReport('onboard', request, view, { outcome: 'proven', grants });
    }
    const next = whyUntried(proof.steps);
    const outcome = 'granted-unproven';
    return await finishWithReport('onboard', request, view, { outcome, grants, next });
  } catch (error) {
    throw await rollBack(error, context, undo);
  }
}

async function grantAndProve(context: OnboardingContext, logins: LoginWatch): Promise<Proof> {
  const { request, view } = context;
  const { target, subject, accesses, provider, providerUser, beforeLogin } = request;

  const checking = { summary: 'is there an identity provider to log in with?' };
  await view.step('identity provider', () =>
    firstStepOn(target).requireIdentityProvider.executeWithOptions(checking, [{ subject }]),
  );
  if (request.provision === true) {
    await showPlan(context);
    await provisionUser(context);
  }

  const isAwaited = request.waitForLogin !== undefined;
  const finding = { summary: `who is ${formatSubject(subject)}?` };
  const found = await view.step('subject', () =>
    stepsOn(target).findSubject.executeWithOptions(finding, [
      { subject, accesses, isAwaited, provider, providerUser, beforeLogin },
    ]),
  );
  context.subject = found.subject;
  const by = await findProver(request);

  const { login } = found;
  const grantsFirst =
    !logins.isAhead(login) || ('grant' in login && login.grant === 'before-login');
  if (grantsFirst) await grantAccess(context, found.facts);
  const facts = await logins.wait(found);
  if (!grantsFirst) await grantAccess(context, facts);

  const proven = await proveAccess(context, facts, by);
  assertProof(proven, request);
  return proven;
}

/** For a group: the member whose token it is proven with, by the name that the cluster knows. */
async function findProver({
  target,
  accesses,
  proveAs,
}: OnboardRequest): Promise<string | undefined> {
  if (proveAs === undefined) return undefined;
  const member = { kind: 'User' as const, name: proveAs };
  const { subject } = await stepsOn(target).findSubject.executeWithOptions(
    { summary: `who is ${proveAs}, by whom it is proven?` },
    // A member who has never logged in proves nothing, which the proof itself says.
    [{ subject: member, accesses, isAwaited: true }],
  );
  return subject.name;
}

function assertProof({ verdict, steps }: Proof, { prove }: OnboardRequest): void {
  if (verdict === 'failed') {
    const failed = steps.filter(({ outcome }) => outcome === 'failed');
    throw new PurserError(
      'ProofFailed',
      failed.map(({ name, cause, detail }) => `${name} failed (${cause}): ${detail}`).join('; '),
    );
  }
  const untried = steps.find(({ outcome }) => outcome === 'not-tried');
  if (prove === 'required' && untried !== undefined) {
    throw new PurserError(
      'ProofFailed',
      `a proof was required, and ${untried.name} could not be tried: ${untried.detail}`,
    );
  }
}

/** Undoes everything, writes the report, and gives back the error to end with. */
async function rollBack(
  error: unknown,
  { request, view, grants }: OnboardingContext,
  undo: OnboardingUndo,
): Promise<unknown> {
  const undone = await undo.run();
  const summary = describeFailure(error, request.target);
  const keptBindings = grants.filter(({ made }) => made === 'before').map(({ binding }) => binding);
  const undoText = [
    describeUndone(undone),
    ...(keptBindings.length === 0
      ? []
      : [`${keptBindings.join(', ')} stay: they were there before`]),
  ].join('; ');
  const failure = { ...summary, undone: undoText };
  const { report, location } = await finishWithReport('onboard', request, view, {
    outcome: 'failed',
    grants,
    failure,
    undone,
  });
  if (isCancellation(error)) return error;
  return ApplicationFailure.nonRetryable(summary.message, summary.type, report, location);
}
