import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { ProofMark } from '../../../src/openshift/tokens.ts';
import { parseAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import {
  heldInputSchema,
  proofInputSchema,
  refusalInputSchema,
} from '../../../src/access/model/inputs.ts';
import type { HeldInput, ProofInput } from '../../../src/access/model/inputs.ts';
import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { proofIdOf } from '../../../src/access/model/proof/id.ts';
import {
  planProof,
  planRefusal,
  scopesFor,
  stepName,
} from '../../../src/access/model/proof/plan.ts';
import type { ProofStep } from '../../../src/access/model/proof/plan.ts';
import { proofVerdict } from '../../../src/access/model/report/report.ts';
import type { Expected } from '../../../src/access/model/report/report.ts';
import type { Step } from '../../../src/domain/step.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import type { Prove } from '../../../src/access/model/request.ts';
import { guard } from '../grants/guard.ts';
import { attempt, isPassing } from '../../attempt.ts';
import type { Attempt } from '../../attempt.ts';
import { makerOf } from '../../executions.ts';
import { lookUpSubject } from '../people/look-up.ts';
import type { KnownSubject } from '../people/look-up.ts';
import { describeOwnFailure } from './context.ts';
import { cleanUpTokens } from './acquire-token.ts';
import { cleanUpCanaries } from './images/canary.ts';
import { findProver, policyObstacle } from './prover.ts';
import type { Prover } from './prover.ts';
import { review } from './review.ts';
import { createRecorder } from './steps.ts';
import type { Recorder } from './steps.ts';
import { verifyRevoked } from './verify-revoked.ts';
import { runPlan } from './run-plan.ts';
import type { Target } from '../../target.ts';

export interface Proof {
  readonly verdict: ReturnType<typeof proofVerdict>;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
}

export function createProofActivities(target: Target) {
  return {
    /**
     * Tries the accesses with the subject's own rights: review, reach, login, pull, push, refusals,
     * metrics. The token lives inside this activity only: it is in no result, heartbeat or error.
     *
     * A failed step is a result, not an error; faults that may pass (no answer, 429, 5xx) are tried
     * again as attempts of the activity first, for as long as the target's patience lasts.
     *
     * Throws `Forbidden` for an access that this target does not grant, `Conflict` if another subject has
     * the name by now, and `ProofFailed` if `by` is no member of the group.
     */
    async proveAccess(given: ProofInput): Promise<Proof> {
      return attempt(async (currentAttempt) => {
        const input = parseRequest(proofInputSchema, given);
        const recorder = startRecorder(currentAttempt);
        const accesses = input.accesses.map(parseAccess);
        const plan = planProof(accesses);
        const context = await checkAndPrepare(target, input, { recorder, currentAttempt });
        if ('obstacle' in context) recorder.skip(['review', ...namesOf(plan)], context.obstacle);
        else await reviewAndTry(target, { ...context, plan }, { recorder, currentAttempt });
        const mayBeMoot = plan.filter(({ do: act }) => act.startsWith('refuse-')).map(stepName);
        return toProof(recorder, currentAttempt, {
          steps: ['review', ...namesOf(plan)],
          mayBeMoot,
        });
      }, target);
    },

    /**
     * Tries the revoked accesses and expects a refusal: by the review, and with the subject's token. No
     * token is taken for an access that this target does not grant any more.
     */
    async proveRefusal(given: ProofInput): Promise<Proof> {
      return attempt(async (currentAttempt) => {
        const input = parseRequest(refusalInputSchema, given);
        const recorder = startRecorder(currentAttempt);
        const context = await prepare(target, input, { recorder, currentAttempt });
        const { known, accesses, prover } = context;
        const gone = await verifyRevoked(target, known, accesses, {
          recorder,
          signal: currentAttempt.signal,
        });
        const plan = planRefusal(accesses);
        const why =
          (await policyObstacle(target, input, currentAttempt.signal)) ??
          ('obstacle' in prover ? prover.obstacle : undefined);
        if (gone && why !== undefined) recorder.skip(namesOf(plan), why);
        else if (gone && !('obstacle' in prover)) {
          await tryPlan(target, { ...context, prover, plan }, { recorder, currentAttempt });
        }
        return toProof(recorder, currentAttempt, {
          steps: ['review', ...namesOf(plan)],
          mayBeMoot: [],
        });
      }, target);
    },

    /**
     * Deletes what this run's proof may have left: token objects, the Secret of a token, the canary's
     * stream. Resolves to what stays or was not checked, in sentences.
     */
    async undoProof(given: HeldInput): Promise<{ readonly notes: readonly string[] }> {
      return attempt(async ({ signal }) => {
        const { subject, accesses } = parseRequest(heldInputSchema, given);
        const mark = await markOf(target);
        return { notes: await cleanUp(target, { subject, accesses, mark }, signal) };
      });
    },
  };
}

/**
 * Asks the guard, and looks up the subject. If Purser itself lacks the right for that, or gets no response
 * until patience ends, that is no fault of the subject: resolves to why nothing was tried.
 */
async function checkAndPrepare(
  target: Target,
  input: ProofInput,
  context: AttemptContext,
): Promise<ProofPreparation | { readonly obstacle: string }> {
  const { signal, isOutOfTime, hasPatience } = context.currentAttempt;
  try {
    await guard(
      target,
      { subject: input.subject, accesses: input.accesses.map(parseAccess) },
      signal,
    );
    return await prepare(target, input, context);
  } catch (error) {
    if (isOutOfTime() && !hasPatience()) {
      return { obstacle: 'Purser ran out of time while it looked up what the proof needs' };
    }
    signal.throwIfAborted();
    if (!(error instanceof ClusterFailure) || (isPassing(error) && hasPatience())) throw error;
    return { obstacle: `Purser could not look up what the proof needs: ${error.message}` };
  }
}

async function reviewAndTry(
  target: Target,
  context: ProofPreparation & { readonly plan: readonly ProofStep[] },
  attemptContext: AttemptContext,
): Promise<void> {
  const { known, accesses, prover, plan } = context;
  const { recorder, currentAttempt } = attemptContext;
  if ('obstacle' in prover) throw new PurserError('ProofFailed', prover.obstacle);
  const reviewed = await recorder.run('review', () =>
    review(target, known, accesses, currentAttempt.signal),
  );
  if (reviewed.outcome === 'failed') {
    recorder.skip(namesOf(plan), 'the review denies it already');
  } else await tryPlan(target, { ...context, prover }, attemptContext);
}

/** One attempt, and its recorder. */
interface AttemptContext {
  readonly recorder: Recorder;
  readonly currentAttempt: Attempt;
}

interface ProofPreparation {
  readonly prove: Prove;
  readonly image: string | undefined;
  readonly accesses: readonly Access[];
  readonly known: KnownSubject;
  readonly prover: Prover | { readonly obstacle: string };
  readonly mark: ProofMark;
}

/** Looks up everything that a proof needs, and first deletes what an earlier attempt has left. */
async function prepare(
  target: Target,
  input: ProofInput,
  { recorder, currentAttempt }: AttemptContext,
): Promise<ProofPreparation> {
  const { prove } = input;
  const mark = await markOf(target);
  const known = await lookUpSubject(target, input, currentAttempt.signal);
  const prover = await findProver(target, input, known, currentAttempt.signal);
  if (currentAttempt.number > 1)
    await cleanUpEarlierAttempt(target, { ...input, mark }, recorder, currentAttempt);
  const { image } = input;
  return { prove, image, accesses: input.accesses.map(parseAccess), known, prover, mark };
}

/** The mark of everything that this run's proof makes. */
async function markOf({ executions }: Target): Promise<ProofMark> {
  const maker = await makerOf(executions);
  return { proof: proofIdOf(maker.madeBy), ...maker };
}

async function tryPlan(
  target: Target,
  {
    prove,
    prover,
    plan,
    mark,
    image,
  }: ProofPreparation & { readonly prover: Prover; readonly plan: readonly ProofStep[] },
  { recorder, currentAttempt }: AttemptContext,
): Promise<void> {
  if (prove === 'review') {
    recorder.skip(namesOf(plan), 'only the review was asked for (prove: review)');
    return;
  }
  const scopes = scopesFor(plan, target.roles);
  const { signal, isOutOfTime, hasPatience } = currentAttempt;
  await runPlan(target, { ...prover, mark, scopes }, plan, {
    recorder,
    signal,
    isOutOfTime,
    hasPatience,
    image,
  });
}

function namesOf(plan: readonly ProofStep[]): readonly string[] {
  return ['reach', 'login', ...plan.map(stepName)];
}

function startRecorder(currentAttempt: Attempt): Recorder {
  return createRecorder(currentAttempt, (steps) => currentAttempt.show({ steps: [...steps] }));
}

// A temporary failure is thrown, so that Temporal retries and shows the attempts.
function toProof(
  { steps, findings, passing }: Recorder,
  { hasPatience }: Attempt,
  expected: Expected,
): Proof {
  if (passing !== undefined && hasPatience()) {
    const { step, detail, retryAfterMs } = passing;
    throw new PurserError('Unreachable', `step ${step}: ${detail}`, { retryAfterMs });
  }
  return { verdict: proofVerdict(steps, expected), steps, findings };
}

/** Deletes what an earlier attempt has left. A failure becomes a finding: the remains do no harm. */
async function cleanUpEarlierAttempt(
  target: Target,
  left: HeldInput & { readonly mark: ProofMark },
  recorder: Recorder,
  { signal }: Attempt,
): Promise<void> {
  try {
    for (const note of await cleanUp(target, left, signal))
      recorder.addFinding(createFinding('warning', 'probe', note));
  } catch (error) {
    signal.throwIfAborted();
    const text = `what the earlier attempt has left is not deleted yet: ${describeOwnFailure(error)}`;
    recorder.addFinding(createFinding('warning', 'probe', text));
  }
}

async function cleanUp(
  target: Target,
  { subject, accesses, mark }: HeldInput & { readonly mark: ProofMark },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [tokens, canaries] = await Promise.all([
    cleanUpTokens(target, { subject, mark }, signal),
    cleanUpCanaries(target, accesses.map(parseAccess), mark, signal),
  ]);
  return [...tokens, ...canaries];
}
