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
 * Onboards a subject: identity provider → subject → (first login) → grant → proof → report.
 * A run that fails or is cancelled leaves the cluster as it was before.
 *
 * Input: {@link OnboardRequest}. Result: the report with outcome `proven` or `granted-unproven`, and
 * its place in the archive. Fails with the type of the error (src/domain/errors.ts). The failure's first
 * detail is the report, the second is its place in the archive.
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

  const checking = { summary: 'check that the cluster has an identity provider' };
  await view.step('identity provider', () =>
    firstStepOn(target).requireIdentityProvider.executeWithOptions(checking, [{ subject }]),
  );
  if (request.provision === true) {
    await showPlan(context);
    await provisionUser(context);
  }

  const isAwaited = request.waitForLogin !== undefined;
  const finding = { summary: `look up ${formatSubject(subject)}` };
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

/** For a group: the member whose token the proof uses, by the name that the cluster knows. */
async function findProver({
  target,
  accesses,
  proveAs,
}: OnboardRequest): Promise<string | undefined> {
  if (proveAs === undefined) return undefined;
  const member = { kind: 'User' as const, name: proveAs };
  const { subject } = await stepsOn(target).findSubject.executeWithOptions(
    { summary: `look up ${proveAs}, whose token the proof uses` },
    // The proof itself reports a member who has never logged in.
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

/** Undoes everything, writes the report, and returns the error that the workflow ends with. */
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
