import { canaryStream } from '../../../src/access/canaries.ts';
import { bindingsThatGive } from '../../../src/access/roles.ts';
import { canSubject } from '../../../src/kubernetes/reviews.ts';
import type { ProofStep } from '../../../src/access/model/proof/plan.ts';
import type { ProofMark } from '../../../src/openshift/tokens.ts';
import { METRICS_RIGHT, pullRight, pushRight } from '../../../src/domain/rbac.ts';
import type { Right } from '../../../src/domain/rbac.ts';
import { userNameOf } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import type { RegistrySession } from '../../../src/registry/session.ts';
import type { SubjectFacts } from '../../../src/openshift/subjects.ts';
import type { Target } from '../../target.ts';
import { absentIn, TAG } from './images/canary.ts';
import { describeOwnFailure } from './context.ts';
import type { StepResult } from './steps.ts';

/** The subject that must be refused, and its login. */
export interface RefusalContext {
  readonly target: Target;
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  readonly session: RegistrySession;
  readonly mark: ProofMark;
  readonly signal: AbortSignal;
}

/**
 * Tries an act that must be denied. The review comes first: if it allows the act, the subject may do it
 * by another binding. The step names that binding, which is no fault of the grant. If the review denies
 * the act and the registry lets it through, the step fails.
 */
export async function expectRefusal(refused: RefusalContext, act: ProofStep): Promise<StepResult> {
  const other = await existingBinding(refused, act);
  if (other !== undefined) return { outcome: 'not-applicable', detail: other };
  try {
    await attemptRefused(refused, act);
  } catch (error) {
    if (!(error instanceof RegistryFailure)) throw error;
    if (error.failureCause === 'forbidden') {
      return {
        detail: `${describeAct(act)} was refused, with a token whose scopes would allow it`,
      };
    }
    if (error.failureCause !== 'not-found') throw error;
  }
  return {
    outcome: 'failed',
    cause: 'configuration',
    detail: `the registry let ${describeAct(act)} through although the cluster's review denies it`,
  };
}

/** The sentence that names the binding by which the subject may do this anyway; undefined if it may not. */
export async function existingBinding(
  { target, subject, facts, signal }: Omit<RefusalContext, 'session' | 'mark'>,
  act: ProofStep,
): Promise<string | undefined> {
  const right = rightOf(act);
  const who = { user: userNameOf(subject), groups: facts.groups };
  if (!(await canSubject(target.cluster, who, right, signal))) return undefined;
  const holder = { subject, groups: facts.groups };
  const ways = await bindingsThatGive(target.cluster, holder, right, { signal }).catch(
    // It counts that it is allowed. The binding's name only helps the reader.
    (error: unknown) => [`a binding that Purser could not look for (${describeOwnFailure(error)})`],
  );
  return `may do it through ${ways.join(', ') || 'a rule that is no role binding'}`;
}

async function attemptRefused(
  { session, mark, signal }: RefusalContext,
  act: ProofStep,
): Promise<void> {
  switch (act.do) {
    case 'refuse-metrics':
      await session.metrics(signal);
      return;
    case 'refuse-pull':
      await session.getManifest(absentIn(mark, act.namespace), TAG, signal);
      return;
    case 'refuse-push': {
      const upload = await session.startUpload(
        `${act.namespace}/${canaryStream(mark.proof)}`,
        signal,
      );
      // The push was let through. A failed clean-up must not count as its refusal.
      await session.cancelUpload(upload, signal).catch(() => {});
      return;
    }
    default:
      throw new RangeError(`${act.do} is not an act that must be refused`);
  }
}

function rightOf(act: ProofStep): Right {
  if (act.do === 'metrics' || act.do === 'refuse-metrics') return METRICS_RIGHT;
  const isPush = act.do === 'push' || act.do === 'refuse-push';
  return isPush ? pushRight(act.namespace) : pullRight(act.namespace);
}

function describeAct(act: ProofStep): string {
  if (act.do === 'metrics' || act.do === 'refuse-metrics') return 'the metrics';
  return `a ${act.do === 'refuse-push' ? 'push to' : 'pull from'} ${act.namespace}`;
}
