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
import type { KeptReport } from './reporting.ts';
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
export async function revoke(input: RevokeRequest): Promise<KeptReport> {
  const request = readRequest(revokeRequestSchema, input);
  assertOwnId(revokeId(request.target, request.subject));
  const view = createProgressView(request);
  const context: RevocationContext = { request, view, stopped: [], fates: [], grants: [] };
  try {
    await stopOnboardings(context, [request.subject]);
    const { names } = await view.step('find', () => find(request));
    await stopOnboardings(context, names);
    await revokeAll(context, names);
    const taken = context.fates.filter(({ is }) => is !== 'kept').map(({ access }) => access);
    const refusal = taken.length === 0 ? undefined : await proveRefusal(context, taken);
    await revokeLate(context, names);
    assertTaken(context, refusal);
    return await end(context, refusal);
  } catch (error) {
    throw await fail(context, error);
  }
}

/** By which names the subject may have been granted. */
async function find({ target, subject }: RevokeRequest) {
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

function assertTaken({ fates }: RevocationContext, refusal: RefusalProof | undefined): void {
  const problems = fates.flatMap(({ problem }) => problem ?? []);
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.map((each) => each.message).join('; ');
    // It was told as what became of an access, together with what had been deleted before.
    if (problems.some(({ type }) => type === 'Cancelled')) throw new CancelledFailure(message);
    throw ApplicationFailure.nonRetryable(message, first.type);
  }
  const [through] = refusal?.letThrough ?? [];
  if (through === undefined) return;
  throw new PurserError('ProofFailed', `${through.name} failed: ${through.detail}`);
}

async function end(
  context: RevocationContext,
  refusal: RefusalProof | undefined,
): Promise<KeptReport> {
  const { request, view, grants, stopped } = context;
  // What is still being undone may still write; its own undo takes that back.
  const open = stopped.filter(({ hasEnded }) => !hasEnded);
  const unsure = unsureOf(context.fates);
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
function outcomeOf({ request, view, fates }: RevocationContext, isProven: boolean): Outcome {
  const unsure = unsureOf(fates);
  const never = fates.flatMap(({ is, access }) =>
    is === 'never' && !unsure.includes(access) ? access : [],
  );
  if (never.length > 0) {
    const who = formatSubject(request.subject);
    const text = `there was nothing to revoke of ${never.join(', ')}: as far as the cluster and the archive show, it was never granted to ${who}`;
    view.find(createFinding('warning', 'not-found', text));
  }
  if (never.length === fates.length) return 'nothing-to-revoke';
  return isProven ? 'revoked' : 'revoked-unproven';
}

// The archive could not be asked.
function unsureOf(fates: RevocationContext['fates']): readonly string[] {
  return fates.flatMap(({ unread, access }) => (unread === undefined ? [] : access));
}

function describeUnsure(accesses: readonly string[]): string {
  return `whether ${accesses.join(', ')} was ever granted could not be read from the archive, which also knows bindings under earlier names: revoke again once it can be read`;
}

async function fail(context: RevocationContext, error: unknown): Promise<unknown> {
  const { request, view, grants } = context;
  const told = describeFailure(error, request.target);
  const failure = { ...told, undone: describeFates(context) };
  const kept = await finishWithReport('revoke', request, view, {
    outcome: 'failed',
    grants,
    failure,
  });
  if (isCancellation(error)) return error;
  return ApplicationFailure.nonRetryable(told.message, told.type, kept.report, kept.location);
}

/** What was and what was not revoked, from what really came of each access. */
function describeFates({ request, fates }: RevocationContext): string {
  const of = (is: (typeof fates)[number]['is']) =>
    fates.filter((fate) => fate.is === is).map(({ access }) => access);
  const unknown = request.accesses.filter((access) =>
    fates.every((fate) => fate.access !== access),
  );
  const unsure = unsureOf(fates);
  const deleted = fates.flatMap((fate) => fate.deleted);
  const parts = [
    ...describeOutcome('revoked', of('revoked')),
    ...describeOutcome('gone already', of('gone')),
    ...describeOutcome(
      'never granted',
      of('never').filter((access) => !unsure.includes(access)),
    ),
    ...describeOutcome('not known whether it was ever granted', unsure),
    ...describeOutcome('not revoked', of('kept')),
    ...describeOutcome(fates.length === 0 ? 'not begun' : 'not finished', unknown),
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
