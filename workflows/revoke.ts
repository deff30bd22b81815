import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { whyUntried } from '../src/domain/report.ts';
import type { GrantRecord } from '../src/domain/report.ts';
import { revokeRequestSchema } from '../src/domain/request.ts';
import type { RevokeRequest } from '../src/domain/request.ts';
import { formatSubject } from '../src/domain/subject.ts';
import { firstStepOn, proofOn, stepsOn, undoProofOn } from './activities.ts';
import { createBoard } from './board.ts';
import { revokeId } from './contract.ts';
import { PurserError } from '../src/domain/errors.ts';
import { readRequest, tell } from './failure.ts';
import { assertOwnId } from './own-id.ts';
import { conclude } from './reporting.ts';
import type { KeptReport } from './reporting.ts';
import { createSaga } from './saga.ts';

/**
 * Takes accesses back: find Purser's own bindings → delete them → prove the refusal → report. The
 * bindings go first: the registry refuses within 0.1 s, while tokens may live for two minutes more
 * (openshift-facts.md 10.5).
 *
 * Result: the report with outcome `revoked` or `revoked-unproven`. A refusal that fails its proof
 * fails the workflow; the bindings stay deleted.
 */
export async function revoke(input: RevokeRequest): Promise<KeptReport> {
  const request = readRequest(revokeRequestSchema, input);
  assertOwnId(revokeId(request.target, request.subject));
  const { target, accesses } = request;
  const who = formatSubject(request.subject);
  const board = createBoard(request);
  const saga = createSaga();
  let grants: readonly GrantRecord[] = [];
  let isDeleted = false;
  try {
    const found = await board.step('find', () => find(request));
    const { subject } = found;
    ({ grants } = found);
    isDeleted = true;
    await board.step('revoke', () =>
      stepsOn(target).revokeGrants.executeWithOptions(
        { summary: `take back ${accesses.join(', ')}` },
        [{ subject, accesses }],
      ),
    );
    saga.undoBy('clean up after the proof', async () => {
      const { undoProof } = undoProofOn(target);
      const summary = 'leave no token';
      board.find((await undoProof.executeWithOptions({ summary }, [{ subject, accesses }])).notes);
    });
    const { verdict, steps } = await board.step('proof of refusal', () =>
      proofOn(target).proveRefusal.executeWithOptions({ summary: `is ${who} refused now?` }, [
        { subject, accesses, prove: 'if-possible' },
      ]),
    );
    if (verdict === 'failed') {
      const failed = steps.find(({ outcome }) => outcome === 'failed');
      throw new PurserError('ProofFailed', `${failed?.name} failed: ${failed?.detail}`);
    }
    const outcome = verdict === 'proven' ? 'revoked' : 'revoked-unproven';
    const next = whyUntried(steps);
    return await conclude('revoke', request, board, { outcome, grants, next });
  } catch (error) {
    const told = tell(error, target);
    const left = await saga.undo();
    const fate = isDeleted ? 'what was deleted stays deleted' : 'nothing had been deleted yet';
    const undone = [fate, ...left].join('; ');
    const failure = { ...told, undone };
    const { report, location } = await conclude('revoke', request, board, {
      outcome: 'failed',
      grants,
      failure,
    });
    if (isCancellation(error)) throw error;
    throw ApplicationFailure.nonRetryable(told.message, told.type, report, location);
  }
}

/** Who it is on the cluster, and what Purser granted them. */
async function find({ target, subject: asked, accesses }: RevokeRequest) {
  const who = formatSubject(asked);
  const { subject } = await firstStepOn(target).findSubject.executeWithOptions(
    { summary: `who is ${who}?` },
    [{ subject: asked, accesses, mayBeGone: true }],
  );
  const { step, grants } = await stepsOn(target).findGrants.executeWithOptions(
    { summary: `what has Purser granted ${who}?` },
    [{ subject, accesses }],
  );
  return { step, grants, subject };
}
