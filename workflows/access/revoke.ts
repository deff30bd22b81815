import { createFinding } from '../../src/domain/finding.ts';
import { ApplicationFailure, CancelledFailure, isCancellation } from '@temporalio/workflow';
import { PurserError } from '../../src/domain/errors.ts';
import type { Outcome } from '../../src/access/model/report/report.ts';
import type { Step } from '../../src/domain/step.ts';
import { revokeRequestSchema } from '../../src/access/model/request.ts';
import type { RevokeRequest } from '../../src/access/model/request.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { firstRevocationOn } from '../activities.ts';
import { createProgressView } from '../progress-view.ts';
import { revokeId } from '../contract.ts';
import { readRequest, describeFailure } from '../failure.ts';
import { assertOwnId } from '../own-id.ts';
import { finishWithReport } from './reporting.ts';
import type { ArchivedReport } from './reporting.ts';
import type { RevocationContext } from './revocation/context.ts';
import { stopOnboardings } from './revocation/onboardings.ts';
import { proveRefusal } from './revocation/refusal.ts';
import type { RefusalProof } from './revocation/refusal.ts';
import { revokeAll, revokeLate } from './revocation/revoke-all.ts';

/**
 * Revokes accesses: cancel open onboardings of them → find Purser's own bindings, by their annotations →
 * delete them, until it succeeds → prove the refusal → report. The bindings are deleted first: the registry
 * refuses within 0.1 s, while tokens may live for two minutes more (openshift-facts.md 10.5).
 *
 * Result: the report with outcome `revoked`, `revoked-unproven` or `nothing-to-revoke`. It first
 * revokes all accesses that it can, and then fails: with `GrantNotFound` for an access that Purser never
 * granted, with `Conflict` for a binding that is not Purser's any more, and with `ProofFailed` if the registry
 * allows what the cluster denies. A failure restores nothing: deleted bindings stay deleted.
 */
export async function revoke(input: RevokeRequest): Promise<ArchivedReport> {
  const request = readRequest(revokeRequestSchema, input);
  assertOwnId(revokeId(request.target, request.subject));
  const view = createProgressView(request);
  const context: RevocationContext = { request, view, stopped: [], results: [], grants: [] };
  try {
    await stopOnboardings(context, [request.subject]);
    const { names } = await view.step('find', () => findNames(request));
    await stopOnboardings(context, names);
    await revokeAll(context, names);
    const revoked = context.results.filter(({ is }) => is !== 'kept').map(({ access }) => access);
    const refusal = revoked.length === 0 ? undefined : await proveRefusal(context, revoked);
    await revokeLate(context, names);
    assertRevoked(context, refusal);
    return await finish(context, refusal);
  } catch (error) {
    throw await failWithReport(context, error);
  }
}

/** Finds the names under which the subject may have grants. */
async function findNames({ target, subject }: RevokeRequest) {
  const began = Date.now();
  const who = formatSubject(subject);
  const { names, findings } = await firstRevocationOn(target).findSubjectNames.executeWithOptions(
    { summary: `find the names by which ${target} knows ${who}` },
    [{ subject }],
  );
  const detail = `Purser looks for grants of ${describeNames(names)}`;
  const step: Step = { name: 'find', outcome: 'passed', detail, durationMs: Date.now() - began };
  return { names, findings, step };
}

function assertRevoked({ results }: RevocationContext, refusal: RefusalProof | undefined): void {
  const problems = results.flatMap(({ problem }) => problem ?? []);
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.map((each) => each.message).join('; ');
    // A cancellation during a recheck is in the result of an access, with what was deleted before.
    if (problems.some(({ type }) => type === 'Cancelled')) throw new CancelledFailure(message);
    throw ApplicationFailure.nonRetryable(message, first.type);
  }
  const [allowed] = refusal?.notRefused ?? [];
  if (allowed === undefined) return;
  throw new PurserError('ProofFailed', `${allowed.name} failed: ${allowed.detail}`);
}

async function finish(
  context: RevocationContext,
  refusal: RefusalProof | undefined,
): Promise<ArchivedReport> {
  const { request, view, grants, stopped } = context;
  // An onboarding that is still being undone may still write; its own undo deletes that.
  const open = stopped.filter(({ hasEnded }) => !hasEnded);
  const unsure = unsureOf(context.results);
  const isProven = refusal?.isProven === true && open.length === 0 && unsure.length === 0;
  const next = [
    ...(refusal?.next ?? []),
    ...(unsure.length === 0 ? [] : [describeUnsure(unsure)]),
    ...open.map(
      ({ workflowId }) =>
        `${workflowId} is still being undone. When it has ended, revoke again: that shows whether it wrote anything later`,
    ),
  ];
  const outcome = outcomeOf(context, isProven);
  return finishWithReport('revoke', request, view, {
    outcome,
    grants,
    next: isProven ? [] : next,
  });
}

// A refusal of an access that was never granted is not a success of the revocation.
function outcomeOf({ request, view, results }: RevocationContext, isProven: boolean): Outcome {
  const unsure = unsureOf(results);
  const never = results.flatMap(({ is, access }) =>
    is === 'never' && !unsure.includes(access) ? access : [],
  );
  if (never.length > 0) {
    const who = formatSubject(request.subject);
    const text = `there was nothing to revoke of ${never.join(', ')}: by the cluster and the archive, it was never granted to ${who}`;
    view.find(createFinding('warning', 'not-found', text));
  }
  if (never.length === results.length) return 'nothing-to-revoke';
  return isProven ? 'revoked' : 'revoked-unproven';
}

// Accesses for which the archive could not be read.
function unsureOf(results: RevocationContext['results']): readonly string[] {
  return results.flatMap(({ archiveError, access }) => (archiveError === undefined ? [] : access));
}

function describeUnsure(accesses: readonly string[]): string {
  return `Purser could not read from the archive whether ${accesses.join(', ')} was ever granted, perhaps under an earlier name. Revoke again when it can be read`;
}

async function failWithReport(context: RevocationContext, error: unknown): Promise<unknown> {
  const { request, view, grants } = context;
  const summary = describeFailure(error, request.target);
  const failure = { ...summary, undone: describeResults(context) };
  const archived = await finishWithReport('revoke', request, view, {
    outcome: 'failed',
    grants,
    failure,
  });
  if (isCancellation(error)) return error;
  return ApplicationFailure.nonRetryable(
    summary.message,
    summary.type,
    archived.report,
    archived.location,
  );
}

/** Which accesses were revoked and which were not, by the results. */
function describeResults({ request, results }: RevocationContext): string {
  const of = (is: (typeof results)[number]['is']) =>
    results.filter((result) => result.is === is).map(({ access }) => access);
  const unknown = request.accesses.filter((access) =>
    results.every((result) => result.access !== access),
  );
  const unsure = unsureOf(results);
  const deleted = results.flatMap((result) => result.deleted);
  const parts = [
    ...describeOutcome('revoked', of('revoked')),
    ...describeOutcome('gone already', of('gone')),
    ...describeOutcome(
      'never granted',
      of('never').filter((access) => !unsure.includes(access)),
    ),
    ...describeOutcome('not known whether it was ever granted', unsure),
    ...describeOutcome('not revoked', of('kept')),
    ...describeOutcome(results.length === 0 ? 'not begun' : 'not finished', unknown),
    deleted.length === 0
      ? 'nothing was deleted'
      : `deleted, and it stays so: ${deleted.join(', ')}`,
  ];
  return parts.join('; ');
}

function describeOutcome(what: string, accesses: readonly string[]): readonly string[] {
  return accesses.length === 0 ? [] : [`${what}: ${accesses.join(', ')}`];
}

function describeNames(names: readonly Subject[]): string {
  return names.map(formatSubject).join(' and ');
}
