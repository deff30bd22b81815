import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { activityInfo } from '@temporalio/activity';
import { z } from 'zod';
import { bindingPlace, findGrant } from '../../../src/access/grants/bindings.ts';
import type { Maker } from '../../../src/kubernetes/labels.ts';
import { isNotFound } from '../../../src/kubernetes/api/failure.ts';
import { differencesOf, describeDifferences } from '../../../src/access/grants/record.ts';
import { markGrant, marksFor } from '../../../src/access/grants/state.ts';
import { bindingName } from '../../../src/access/grants/binding-name.ts';
import { accessSchema, parseAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { recordedSubjectSchema } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { attempt } from '../../attempt.ts';
import { makerOf } from '../../executions.ts';
import type { Target } from '../../target.ts';

const marksSchema = z.strictObject({
  subject: recordedSubjectSchema,
  accesses: z.array(accessSchema).min(1).max(100),
  state: z.enum(['proven', 'unproven']),
});

/** Input of `markGrants`. */
export type MarksInput = Readonly<z.infer<typeof marksSchema>>;

/** The result of marking. */
export interface MarkResults {
  readonly findings: readonly Finding[];
  /**
   * Bindings that are gone, as `RoleBinding team-a/name`. If a binding gives another role now, or to
   * other subjects, the difference follows in brackets.
   */
  readonly gone: readonly string[];
}

export function createMarkActivities(target: Target) {
  return {
    /**
     * Writes the result of the proof to the bindings, for kubectl and the sweeper. Resolves to the
     * problems: bindings that are gone, and bindings that were changed, which are not marked. Throws
     * `Forbidden` unless an onboarding of this target calls it.
     */
    async markGrants(given: MarksInput): Promise<MarkResults> {
      return attempt(async ({ signal }) => {
        const { subject, accesses, state } = parseRequest(marksSchema, given);
        const maker = await makerOf(target.executions);
        assertOnboarding(target, maker.madeBy);
        const results: MarkResult[] = [];
        for (const access of accesses.map(parseAccess)) {
          // One after the other: a failure leaves the first ones
          results.push(await markOne(target, { subject, access }, { maker, state, signal }));
        }
        return {
          findings: results.flatMap((result) => result.finding ?? []),
          gone: results.flatMap((result) => result.gone ?? []),
        };
      }, target);
    },
  };
}

interface MarkResult {
  readonly finding?: Finding;
  readonly gone?: string;
}

// Lists and the sweeper trust a grant's state. A stranger's worker on Purser's namespace could still use
// such a workflow's name: only Temporal's authorisation prevents that (README).
function assertOnboarding({ name }: Target, madeBy: string): void {
  const { workflowType } = activityInfo();
  if (workflowType === 'onboard' && madeBy.startsWith(`onboard/${name}/`)) return;
  throw new PurserError(
    'Forbidden',
    `only an onboarding on ${name} may record the result of its proof; ${workflowType} ${madeBy} is none`,
  );
}

async function markOne(
  { cluster }: Target,
  grant: { readonly subject: Subject; readonly access: Access },
  { maker, state, signal }: MarkContext,
): Promise<MarkResult> {
  const { subject, access } = grant;
  const name = bindingPlace(access.namespace, bindingName(subject, access));
  const binding = await findGrant(cluster, grant, signal);
  if (binding === undefined || binding.metadata.deletionTimestamp !== undefined) {
    return { gone: name };
  }
  const differences = differencesOf(binding, grant);
  const differs = describeDifferences(differences, grant);
  // It gives another role now, or to other subjects: the proven grant is gone.
  if (differences.isGone || differences.role !== undefined) return { gone: `${name} (${differs})` };
  if (differs !== undefined) {
    const text = `${name} ${differs}; it is not marked as ${state}`;
    return { finding: createFinding('warning', 'configuration', text) };
  }
  const marks = marksFor(binding, maker, state);
  if (marks === undefined) return {};
  try {
    await markGrant(cluster, binding, { access, marks }, signal);
    return {};
  } catch (error) {
    if (isNotFound(error)) return { gone: name };
    throw error;
  }
}

interface MarkContext {
  readonly maker: Maker;
  readonly state: MarksInput['state'];
  readonly signal: AbortSignal;
}
