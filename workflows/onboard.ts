import { ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import { PurserError } from '../src/domain/errors.ts';
import { whyUntried } from '../src/domain/report.ts';
import type { GrantRecord } from '../src/domain/report.ts';
import { onboardRequestSchema } from '../src/domain/request.ts';
import type { OnboardRequest } from '../src/domain/request.ts';
import { formatSubject } from '../src/domain/subject.ts';
import type { Proof } from '../activities/proof.ts';
import { firstStepOn, proofOn, stepsOn, undoOn, undoProofOn } from './activities.ts';
import { createBoard } from './board.ts';
import type { Board } from './board.ts';
import { readRequest, tell } from './failure.ts';
import { proofId } from './proof-id.ts';
import { claimedBy, conclude } from './reporting.ts';
import type { KeptReport } from './reporting.ts';
import { createSaga } from './saga.ts';
import type { Saga } from './saga.ts';

/**
 * Brings a subject on board: identity provider → subject → grant → proof → report. What fails or is
 * cancelled leaves the cluster as it was found.
 *
 * Input: {@link OnboardRequest}. Result: the report with outcome `proven` or `granted-unproven`, and
 * where it is kept. Fails with the type of what went wrong (src/domain/errors.ts) and the report as
 * the failure’s first detail, where it is kept as the second.
 */
export async function onboard(input: OnboardRequest): Promise<KeptReport> {
  const request = readRequest(onboardRequestSchema, input);
  const board = createBoard(request);
  const saga = createSaga();
  const grants: GrantRecord[] = [];
  try {
    const proof = await grantAndProve(request, board, saga, grants);
    if (proof.verdict === 'proven') {
      return await conclude('onboard', request, board, { outcome: 'proven', grants });
    }
    const next = whyUntried(proof.steps);
    const outcome = 'granted-unproven';
    return await conclude('onboard', request, board, { outcome, grants, next });
  } catch (error) {
    throw await takeBack(error, { request, board, saga, grants });
  }
}

async function grantAndProve(
  request: OnboardRequest,
  board: Board,
  saga: Saga,
  grants: GrantRecord[],
): Promise<Proof> {
  const { target, subject, accesses } = request;
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const madeBy = `${workflowId}/${firstExecutionRunId}`;
  const proof = proofId();
  const who = formatSubject(subject);

  const checking = { summary: 'is there an identity provider to log in with?' };
  await board.step('identity provider', () =>
    firstStepOn(target).checkIdentityProvider.executeWithOptions(checking, [{ subject }]),
  );

  const finding = { summary: `who is ${who}?` };
  const { facts } = await board.step('subject', () =>
    stepsOn(target).findSubject.executeWithOptions(finding, [{ subject, accesses }]),
  );
  const by = await findProver(request);

  saga.undoBy('take back the grants', () =>
    undoOn(target).undoGrants.executeWithOptions(
      { summary: `take back what this run gave ${who}` },
      [{ subject, accesses, madeBy }],
    ),
  );
  const granting = { summary: `grant ${accesses.join(', ')}` };
  const granted = await board.step('grant', () =>
    stepsOn(target).grantAccess.executeWithOptions(granting, [
      { subject, accesses, facts, madeBy, claimed: claimedBy(request) },
    ]),
  );
  grants.push(...granted.grants);

  saga.undoBy('clean up after the proof', () =>
    undoProofOn(target).undoProof.executeWithOptions({ summary: 'leave no token and no canary' }, [
      { subject: by?.subject ?? subject, accesses, proof },
    ]),
  );
  const proving = { summary: `try it with ${who}'s own rights` };
  const proven = await board.step('proof', () =>
    proofOn(target).proveAccess.executeWithOptions(proving, [
      {
        subject,
        facts,
        accesses,
        prove: request.prove,
        proof,
        ...(by === undefined ? {} : { by }),
      },
    ]),
  );
  assertGoodEnough(proven, request);
  return proven;
}

/** For a group: the member whose token it is proven with. */
async function findProver({ target, accesses, proveAs }: OnboardRequest) {
  if (proveAs === undefined) return undefined;
  const subject = { kind: 'User' as const, name: proveAs };
  const { facts } = await stepsOn(target).findSubject.executeWithOptions(
    { summary: `who is ${proveAs}, by whom it is proven?` },
    [{ subject, accesses }],
  );
  return { subject, facts };
}

function assertGoodEnough({ verdict, steps }: Proof, { prove }: OnboardRequest): void {
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
async function takeBack(
  error: unknown,
  done: {
    readonly request: OnboardRequest;
    readonly board: Board;
    readonly saga: Saga;
    readonly grants: readonly GrantRecord[];
  },
): Promise<unknown> {
  const { request, board, saga, grants } = done;
  board.state('undoing');
  const left = await saga.undo();
  const told = tell(error, request.target);
  const kept = grants.filter(({ made }) => made === 'before').map(({ binding }) => binding);
  const undone = [
    tellUndone(saga, left),
    ...(kept.length === 0 ? [] : [`${kept.join(', ')} stay: they were there before`]),
  ].join('; ');
  const failure = { ...told, undone };
  const { report, location } = await conclude('onboard', request, board, {
    outcome: 'failed',
    grants,
    failure,
  });
  if (isCancellation(error)) return error;
  return ApplicationFailure.nonRetryable(told.message, told.type, report, location);
}

function tellUndone(saga: Saga, left: readonly string[]): string {
  if (saga.isEmpty()) return 'nothing had been granted yet';
  if (left.length > 0) return `not everything could be undone: ${left.join('; ')}`;
  return 'everything that this run made is gone';
}
