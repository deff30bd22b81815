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
import { canaryStream } from './proof/acts.ts';
import { dropTokens } from './proof/borrow.ts';
import type { Borrower } from './proof/borrow.ts';
import { review } from './proof/review.ts';
import { createRecorder } from './proof/steps.ts';
import type { Recorder } from './proof/steps.ts';
import { stillGone } from './proof/taken-back.ts';
import { tryActs } from './proof/trial.ts';
import type { SubjectFacts } from './people/subjects.ts';
import type { Target } from './target.ts';

// After this many attempts a fault that comes and goes counts as one that stays.
const ATTEMPTS_FOR_PASSING_FAULTS = 4;

export interface ProofInput {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  readonly accesses: readonly string[];
  readonly prove: Prove;
  /** Names everything that the proof makes, so that it is found again after a crash. */
  readonly proof: string;
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
   * again as attempts of the activity first.
   */
  async proveAccess(input: ProofInput): Promise<Proof> {
    return attempt(async (now) => {
      const recorder = begin(now);
      const accesses = input.accesses.map(parseAccess);
      if (now.number > 1)
        await cleanUp(target, { ...input, subject: prover(input).subject }, now.signal);
      const reviewed = await recorder.run('review', () =>
        review(target, input, accesses, now.signal),
      );
      const plan = planProof(accesses);
      if (reviewed.outcome === 'passed') await tryOut(target, input, plan, { recorder, now });
      else recorder.skip(namesOf(plan), 'the review denies it already');
      return conclude(recorder, now);
    }, target);
  },

  /** Tries what was taken back and expects to be refused: by the review, and with the subject's token. */
  async proveRefusal(input: ProofInput): Promise<Proof> {
    return attempt(async (now) => {
      const recorder = begin(now);
      const accesses = input.accesses.map(parseAccess);
      if (now.number > 1) await cleanUp(target, input, now.signal);
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
  await tryActs(target, who, plan, { recorder, signal: now.signal });
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
function conclude({ steps, findings }: Recorder, { number }: Attempt): Proof {
  const passing = steps.find(({ cause, outcome }) => outcome === 'failed' && mayPass(cause));
  if (passing !== undefined && number < ATTEMPTS_FOR_PASSING_FAULTS) {
    throw new PurserError('Unreachable', `step ${passing.name}: ${passing.detail}`);
  }
  return { verdict: verdictOf(steps), steps, findings };
}

function mayPass(cause: Step['cause']): boolean {
  const passing: readonly Step['cause'][] = [
    'dns',
    'tcp',
    'timeout',
    'rate-limited',
    'server-error',
    'probe',
  ];
  return passing.includes(cause);
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
