import { createFinding } from '../../../src/domain/finding.ts';
import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { Proof } from '../../../activities/access/proof/proof.ts';
import { firstStepOn, refusalOn, undoProofOn } from '../../activities.ts';
import { proofQueue } from '../../contract.ts';
import { describeFailure } from '../../failure.ts';
import type { RevocationContext } from './context.ts';

/** The result of a proof of refusal; `notRefused` are the steps that the registry did not refuse. */
export interface RefusalProof {
  readonly isProven: boolean;
  readonly notRefused: readonly Step[];
  /** Why the refusal is not proven, and what to do about it. */
  readonly next: readonly string[];
}

/**
 * Tries the revoked accesses, and expects a refusal. The accesses are revoked in any case: if the proof
 * cannot run (no worker, or a cluster or registry that does not answer), the refusal is only unproven.
 */
export async function proveRefusal(
  context: RevocationContext,
  accesses: readonly string[],
): Promise<RefusalProof> {
  const { request, view } = context;
  const who = formatSubject(request.subject);
  let hasStarted = false;
  try {
    const subjects = await findSubjects(context, accesses);
    const proving = { summary: `check that the registry refuses ${who} now` };
    hasStarted = true;
    const proof = await view.step('proof of refusal', () =>
      refusalOn(request.target).proveRefusal.executeWithOptions(proving, [
        { ...subjects, accesses: [...accesses], prove: 'if-possible' },
      ]),
    );
    return toRefusalProof(proof);
  } catch (error) {
    const hasNoWorker = isWithoutWorker(error);
    if (hasStarted && !hasNoWorker) await cleanUp(context, accesses);
    if (isCancellation(error)) throw error;
    const why =
      hasNoWorker && hasStarted
        ? `no worker has taken the proof within 10 minutes: task queue ${proofQueue(request.target)} has none. Start \`purser worker\` with --only proof for it, then revoke again to prove the refusal`
        : `the proof could not be tried: ${describeFailure(error, request.target).message}`;
    const step: Step = {
      name: 'proof of refusal',
      outcome: 'not-tried',
      detail: why,
      durationMs: 0,
    };
    await view.step('proof of refusal', async () => ({ step }));
    return { isProven: false, notRefused: [], next: [why] };
  }
}

async function findSubjects({ request }: RevocationContext, accesses: readonly string[]) {
  const { target, proveAs } = request;
  const find = async (subject: typeof request.subject) => {
    const summary = `look up ${formatSubject(subject)}`;
    const found = await firstStepOn(target).findSubject.executeWithOptions({ summary }, [
      { subject, accesses: [...accesses], mayBeGone: true },
    ]);
    return found.subject;
  };
  const [subject, by] = await Promise.all([
    find(request.subject),
    proveAs === undefined ? undefined : find({ kind: 'User', name: proveAs }),
  ]);
  return { subject, ...(by === undefined ? {} : { by: by.name }) };
}

// A right by another binding is not an error of the revocation, but it is not a refusal either. The revocation
// fails only if the registry allows a step that the access review denies. A step that could not run does not
// make it fail.
function toRefusalProof({ verdict, steps }: Proof): RefusalProof {
  const failed = steps.filter(({ outcome }) => outcome === 'failed');
  const notRefused = failed.filter(
    ({ name, cause }) => name.endsWith(' refused') && cause === 'configuration',
  );
  const untried = steps.filter(({ outcome }) => outcome === 'not-tried');
  const notApplicable = steps.filter(({ outcome }) => outcome === 'not-applicable');
  const reasons = [
    ...untried.map(({ detail }) => detail),
    ...failed.map(({ name, cause, detail }) => `${name} failed (${cause}): ${detail}`),
    ...notApplicable.map(({ name, detail }) => `${name}: ${detail}`),
  ];
  return { isProven: verdict === 'proven', notRefused, next: [...new Set(reasons)] };
}

async function cleanUp(
  { request, view }: RevocationContext,
  accesses: readonly string[],
): Promise<void> {
  const { target, subject } = request;
  const summary = 'delete the tokens of the proof';
  try {
    const { notes } = await CancellationScope.nonCancellable(() =>
      undoProofOn(target).undoProof.executeWithOptions({ summary }, [
        { subject, accesses: [...accesses] },
      ]),
    );
    for (const note of notes) view.find(createFinding('warning', 'probe', note));
  } catch (error) {
    const text = `the clean-up after the proof failed, and tokens may be left: ${describeFailure(error, target).message}`;
    await view.step('clean up', async () => ({
      findings: [createFinding('warning', 'probe', text)],
    }));
  }
}

function isWithoutWorker(error: unknown): boolean {
  const inner = error instanceof ActivityFailure ? error.cause : error;
  return inner instanceof TimeoutFailure && inner.timeoutType === 'SCHEDULE_TO_START';
}
