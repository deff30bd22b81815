import { parseAccess } from '../src/domain/access.ts';
import type { Access } from '../src/domain/access.ts';
import { PurserError } from '../src/domain/errors.ts';
import { planProof, planRefusal, scopesFor, stepName } from '../src/domain/proof-plan.ts';
import type { Act } from '../src/domain/proof-plan.ts';
import { verdictOf } from '../src/domain/report.ts';
import type { Step } from '../src/domain/report.ts';
import type { Prove } from '../src/domain/request.ts';
import { subjectKey } from '../src/domain/subject.ts';
import type { Subject } from '../src/domain/subject.ts';
import { deleteStream } from '../src/cluster/images.ts';
import { attempt } from './attempt.ts';
import type { Attempt } from './attempt.ts';
import { canaryStream } from './proof/canary.ts';
import { ourTrouble } from './proof/course.ts';
import { dropTokens } from './proof/borrow.ts';
import type { Borrower } from './proof/borrow.ts';
import { review } from './proof/review.ts';
import { createRecorder } from './proof/steps.ts';
import type { Recorder } from './proof/steps.ts';
import { stillGone } from './proof/taken-back.ts';
import { tryActs } from './proof/trial.ts';
import type { SubjectFacts } from './people/subjects.ts';
import type { Target } from './target.ts';

export interface ProofInput {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  readonly accesses: readonly string[];
  readonly prove: Prove;
  /** Names everything that the proof makes, so that it is found again after a crash. */
  readonly proof: string;
  /** The image to prove pulls with, as `NAME:TAG` or `NAMESPACE/NAME:TAG`; default: one that is there. */
  readonly image?: string | undefined;
  /** For a group: the member by whom it is proven. */
  readonly by?: { readonly subject: Subject; readonly facts: SubjectFacts };
}

export interface Proof {
  readonly verdict: ReturnType<typeof verdictOf>;
  readonly steps: readonly Step[];
  readonly findings: readonly string[];
}

/** What names the things of a proof, for the undo. */
export interface ProofRemains {
  readonly subject: Subject;
  readonly accesses: readonly string[];
  readonly proof: string;
}

export const createProofActivities = (target: Target) => ({
  /**
   * Tries the accesses with the subject's own rights: review, reach, login, pull, push, refusals,
   * metrics. The token lives inside this activity only: it is in no result, heartbeat or error.
   *
   * A failed step is a result, not an error; faults that may pass (no answer, 429, 5xx) are tried
   * again as attempts of the activity first, for as long as the target is patient.
   */
  async proveAccess(input: ProofInput): Promise<Proof> {
    return attempt(async (now) => {
      const recorder = begin(now);
      const accesses = input.accesses.map(parseAccess);
      if (now.number > 1)
        await beginAnew(target, { ...input, subject: prover(input).subject }, recorder, now);
      const reviewed = await recorder.run('review', () =>
        review(target, input, accesses, now.signal),
      );
      const plan = planProof(accesses);
      if (reviewed.outcome === 'failed') {
        recorder.skip(namesOf(plan), 'the review denies it already');
      } else await tryOut(target, input, plan, { recorder, now });
      return conclude(recorder, now);
    }, target);
  },

  /** Tries what was taken back and expects to be refused: by the review, and with the subject's token. */
  async proveRefusal(input: ProofInput): Promise<Proof> {
    return attempt(async (now) => {
      const recorder = begin(now);
      const accesses = input.accesses.map(parseAccess);
      if (now.number > 1) await beginAnew(target, input, recorder, now);
      const gone = await stillGone(target, input, accesses, { recorder, signal: now.signal });
      if (gone) await tryOut(target, input, planRefusal(accesses), { recorder, now });
      return conclude(recorder, now);
    }, target);
  },

  /** Deletes what a proof may have left: token objects, the Secret of a token, the canary's stream. */
  async undoProof(input: ProofRemains): Promise<void> {
    return attempt(({ signal }) => cleanUp(target, input, signal));
  },
});

async function tryOut(
  target: Target,
  input: ProofInput,
  plan: readonly Act[],
  { recorder, now }: { readonly recorder: Recorder; readonly now: Attempt },
): Promise<void> {
  if (input.prove === 'review') {
    recorder.skip(namesOf(plan), 'only the review was asked for (prove: review)');
    return;
  }
  const scopes = scopesFor(plan, target.roles);
  const who = { ...prover(input), proof: input.proof, scopes };
  const { signal, hasPatience } = now;
  await tryActs(target, who, plan, { recorder, signal, hasPatience, image: input.image });
}

function prover({
  by,
  subject,
  facts,
}: ProofInput): Pick<Borrower, 'subject' | 'facts' | 'through'> {
  return by === undefined ? { subject, facts } : { ...by, through: subjectKey(subject) };
}

function namesOf(plan: readonly Act[]): readonly string[] {
  return ['reach', 'login', ...plan.map(stepName)];
}

function begin(now: Attempt): Recorder {
  return createRecorder(now.signal, (steps) => now.show({ steps: [...steps] }));
}

// A fault that may pass is thrown, so that Temporal tries again and shows the attempts.
function conclude({ steps, findings, passing }: Recorder, { hasPatience }: Attempt): Proof {
  if (passing !== undefined && hasPatience()) {
    const { step, detail, retryAfterMs } = passing;
    throw new PurserError('Unreachable', `step ${step}: ${detail}`, { retryAfterMs });
  }
  return { verdict: verdictOf(steps), steps, findings };
}

/** What an attempt before has left, and cannot be deleted now, is in nobody's way. */
async function beginAnew(
  target: Target,
  remains: ProofRemains,
  recorder: Recorder,
  { signal }: Attempt,
): Promise<void> {
  try {
    await cleanUp(target, remains, signal);
  } catch (error) {
    signal.throwIfAborted();
    recorder.find(`what the attempt before has left is not deleted yet: ${ourTrouble(error)}`);
  }
}

async function cleanUp(target: Target, remains: ProofRemains, signal: AbortSignal): Promise<void> {
  await dropTokens(target, remains, signal);
  const pushed = remains.accesses.map(parseAccess).flatMap((access) => canaryPlace(target, access));
  await Promise.all(
    pushed.map((namespace) =>
      deleteStream(target.cluster, namespace, canaryStream(remains.proof), signal),
    ),
  );
}

function canaryPlace(target: Target, { level, namespace }: Access): readonly string[] {
  if (namespace === undefined) return [];
  return level === 'push' || level === 'admin' || target.proof.canary ? [namespace] : [];
}
