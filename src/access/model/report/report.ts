import type { Finding } from '../../../domain/finding.ts';
import type { Step, StepOutcome } from '../../../domain/step.ts';
import type { Subject } from '../../../domain/subject.ts';

/** Every {@link Outcome}. */
export const OUTCOMES = [
  'proven',
  'granted-unproven',
  'revoked',
  'revoked-unproven',
  'nothing-to-revoke',
  'failed',
] as const;

/**
 * What came of an onboarding or a revocation. `nothing-to-revoke`: none of the accesses was ever granted,
 * which was to be ignored.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** One binding of the report: where it is, and whether this run made it. */
export interface GrantRecord {
  readonly access: string;
  readonly role: string;
  readonly binding: string;
  readonly namespace?: string;
  /** The binding's, so that it is known again whatever is edited in it. */
  readonly uid?: string;
  readonly made: 'by-this-run' | 'before';
}

/** Something that an undo has not taken back: what it is, and the last that is known of why. */
export interface Left {
  readonly what: string;
  readonly why: string;
}

/**
 * How the undo of a run ended. `nothing-made`: there was nothing to take back. `undone`: all that the
 * run made is gone. `left`: what `left` names may still be there.
 */
export interface Undone {
  readonly state: 'nothing-made' | 'undone' | 'left';
  readonly left: readonly Left[];
}

/** What is kept of an onboarding or a revocation: in the workflow's result and in the archive. */
export interface Report {
  readonly workflow: 'onboard' | 'revoke';
  readonly workflowId: string;
  readonly runId: string;
  readonly target: string;
  readonly subject: Subject;
  readonly accesses: readonly string[];
  /** What the caller said; nobody has verified who it was. */
  readonly claimed: { readonly requestedBy?: string; readonly reason?: string };
  readonly outcome: Outcome;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  readonly grants: readonly GrantRecord[];
  /** Set where the outcome is `failed`: the failure in one line, and what became of the grants. */
  readonly failure?: { readonly type: string; readonly message: string; readonly undone: string };
  /** Set where an onboarding `failed`; `failure.undone` says the same in words. */
  readonly undone?: Undone;
  /** What the reader may want to do next, as commands or sentences. */
  readonly next: readonly string[];
}

/** What a proof set out to show, by the names of its steps. */
export interface Expected {
  /** Each of them must have passed. */
  readonly steps: readonly string[];
  /**
   * Those of them that may be `not-applicable` all the same: a refusal that another binding makes void
   * says nothing against a grant. After a revocation none may.
   */
  readonly mayBeMoot: readonly string[];
}

/**
 * What the steps of a proof show, by what was expected of it: a step that is missing or was not tried
 * leaves it unproven, whatever else passed.
 */
export function proofVerdict(
  steps: readonly Step[],
  { steps: expected, mayBeMoot }: Expected,
): 'proven' | 'unproven' | 'failed' {
  if (steps.some((step) => step.outcome === 'failed')) return 'failed';
  const hasHeld = (name: string) => {
    const own = steps.filter((step) => step.name === name);
    const good: readonly StepOutcome[] = mayBeMoot.includes(name)
      ? ['passed', 'not-applicable']
      : ['passed'];
    return own.length > 0 && own.every(({ outcome }) => good.includes(outcome));
  };
  const isWhole = steps.every(({ outcome }) => outcome !== 'not-tried');
  return isWhole && expected.length > 0 && expected.every(hasHeld) ? 'proven' : 'unproven';
}

/** `RoleBinding team-a/name` or `ClusterRoleBinding name`. */
export function bindingOf({
  namespace,
  binding,
}: Pick<GrantRecord, 'namespace' | 'binding'>): string {
  return namespace === undefined
    ? `ClusterRoleBinding ${binding}`
    : `RoleBinding ${namespace}/${binding}`;
}

/** What became of what a run had made, in a sentence. It is the only one that may say "gone". */
export function describeUndone({ state, left }: Undone): string {
  switch (state) {
    case 'nothing-made':
      return 'nothing had been granted yet';
    case 'undone':
      return 'everything that this run made is gone';
    case 'left':
      return `not everything could be undone: ${left.map(({ what, why }) => `${what} (${why})`).join('; ')}`;
  }
}

/** Why steps could not be tried, and what would make it possible: each reason once. */
export function whyUntried(steps: readonly Step[]): readonly string[] {
  const untried = steps.filter(({ outcome }) => outcome === 'not-tried');
  return [...new Set(untried.map(({ detail }) => detail))];
}
