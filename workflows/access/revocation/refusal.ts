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

/** What the proof of a refusal has come to; `notRefused` are the acts that were not refused. */
export interface RefusalProof {
  readonly isProven: boolean;
  readonly notRefused: readonly Step[];
  /** Why it is not proven, and what would make it. */
  readonly next: readonly string[];
}

/**
 * Tries what was taken back, and expects to be refused. The accesses are gone whatever comes of it:
 * what stands in its way (no worker, a cluster or registry that does not answer) leaves the refusal
 * unproven, and no more.
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
    const proving = { summary: `is ${who} refused now?` };
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
        ? `no worker has taken the proof within 10 minutes: task queue ${proofQueue(request.target)} has none. Start \`purser worker\` with --only proof for it, and revoke again: what is gone is proven then`
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
    const summary = `who is ${formatSubject(subject)}?`;
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

// A right by another binding is no fault of the revocation, and no refusal either. Only an act that the
// registry lets through although the review denies it fails: what stands in the way of trying does not.
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
  const summary = 'leave no token';
  try {
    const { notes } = await CancellationScope.nonCancellable(() =>
      undoProofOn(target).undoProof.executeWithOptions({ summary }, [
        { subject, accesses: [...accesses] },
      ]),
    );
    for (const note of notes) view.find(createFinding('warning', 'probe', note));
  } catch (error) {
    const text = `what the proof may have left was not cleaned up: ${describeFailure(error, target).message}`;
    await view.step('clean up', async () => ({
      findings: [createFinding('warning', 'probe', text)],
    }));
  }
}

function isWithoutWorker(error: unknown): boolean {
  const inner = error instanceof ActivityFailure ? error.cause : error;
  return inner instanceof TimeoutFailure && inner.timeoutType === 'SCHEDULE_TO_START';
}
