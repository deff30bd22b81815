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
 * Takes accesses back: cancel an open onboarding of them → find Purser's own bindings, by what was
 * recorded in them → delete them, for as long as it takes → prove the refusal → report. The bindings go
 * first: the registry refuses within 0.1 s, while tokens may live for two minutes more
 * (openshift-facts.md 10.5).
 *
 * Result: the report with outcome `revoked`, `revoked-unproven` or `nothing-to-revoke`. It fails, after the
 * other accesses were revoked, with `GrantNotFound` for one that Purser never gave and with `Conflict` for a binding
 * that is not its own any more; and with `ProofFailed` where the registry lets through what the cluster
 * denies. What was deleted stays deleted.
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

/** By which names the subject may have been granted. */
async function findNames({ target, subject }: RevokeRequest) {
  const began = Date.now();
  const who = formatSubject(subject);
  const { names, findings } = await firstRevocationOn(target).findSubjectNames.executeWithOptions(
    { summary: `by which names does ${target} know ${who}?` },
    [{ subject }],
  );
  const detail = `grants of ${describeNames(names)} are looked for`;
  const step: Step = { name: 'find', outcome: 'passed', detail, durationMs: Date.now() - began };
  return { names, findings, step };
}

function assertRevoked({ results }: RevocationContext, refusal: RefusalProof | undefined): void {
  const problems = results.flatMap(({ problem }) => problem ?? []);
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.map((each) => each.message).join('; ');
    // It was told as what became of an access, together with what had been deleted before.
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
  // What is still being undone may still write; its own undo takes that back.
  const open = stopped.filter(({ hasEnded }) => !hasEnded);
  const unsure = unsureOf(context.results);
  const isProven = refusal?.isProven === true && open.length === 0 && unsure.length === 0;
  const next = [
    ...(refusal?.next ?? []),
    ...(unsure.length === 0 ? [] : [describeUnsure(unsure)]),
    ...open.map(
      ({ workflowId }) =>
        `${workflowId} is still being undone: revoke again once it has ended, which shows that nothing came after`,
    ),
  ];
  const outcome = outcomeOf(context, isProven);
  return finishWithReport('revoke', request, view, {
    outcome,
    grants,
    next: isProven ? [] : next,
  });
}

// That somebody is refused what was never theirs is no success of a revocation.
function outcomeOf({ request, view, results }: RevocationContext, isProven: boolean): Outcome {
  const unsure = unsureOf(results);
  const never = results.flatMap(({ is, access }) =>
    is === 'never' && !unsure.includes(access) ? access : [],
  );
  if (never.length > 0) {
    const who = formatSubject(request.subject);
    const text = `there was nothing to revoke of ${never.join(', ')}: as far as the cluster and the archive show, it was never granted to ${who}`;
    view.find(createFinding('warning', 'not-found', text));
  }
  if (never.length === results.length) return 'nothing-to-revoke';
  return isProven ? 'revoked' : 'revoked-unproven';
}

// The archive could not be asked.
function unsureOf(results: RevocationContext['results']): readonly string[] {
  return results.flatMap(({ archiveError, access }) => (archiveError === undefined ? [] : access));
}

function describeUnsure(accesses: readonly string[]): string {
  return `whether ${accesses.join(', ')} was ever granted could not be read from the archive, which also knows bindings under earlier names: revoke again once it can be read`;
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

/** What was and what was not revoked, from what really came of each access. */
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
