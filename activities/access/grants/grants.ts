import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { bindingPlace, createGrant, grantRecord } from '../../../src/access/grants/bindings.ts';
import { bindingName } from '../../../src/access/grants/binding-name.ts';
import { canSubject } from '../../../src/kubernetes/reviews.ts';
import { bindingsThatGive } from '../../../src/access/roles.ts';
import {
  allowsPush,
  formatAccess,
  parseAccess,
  extraRights,
} from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { METRICS_RIGHT, pullRight, pushRight } from '../../../src/domain/rbac.ts';
import type { Right } from '../../../src/domain/rbac.ts';
import { grantInputSchema, undoGrantsInputSchema } from '../../../src/access/model/inputs.ts';
import type { GrantInput, UndoGrantsInput } from '../../../src/access/model/inputs.ts';
import type { Grant } from '../../../src/access/grants/bindings.ts';
import type { GrantRecord } from '../../../src/access/model/report/report.ts';
import type { Step } from '../../../src/domain/step.ts';
import { formatSubject, userNameOf } from '../../../src/domain/subject.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { attempt } from '../../attempt.ts';
import { makerOf } from '../../executions.ts';
import { assertExists, lookUpSubject } from '../people/look-up.ts';
import type { KnownSubject } from '../people/look-up.ts';
import type { Attempt } from '../../attempt.ts';
import { removeOwn } from './remove-own.ts';
import { guard, checkRole, provideRole, verifyGroup } from './guard.ts';
import type { Target } from '../../target.ts';
import { reportUnanswered } from '../unanswered.ts';
import type { Removal, Unanswered } from '../unanswered.ts';

export interface Granted {
  readonly steps: readonly Step[];
  readonly grants: readonly GrantRecord[];
  readonly findings: readonly Finding[];
}

interface MadeGrant {
  readonly grant: GrantRecord;
  readonly step: Step;
  readonly findings: readonly Finding[];
}

export function createGrantActivities(target: Target) {
  return {
    /**
     * Makes one binding for each access. The guard comes first: a client of Temporal can start any
     * workflow, so the target's worker refuses what its configuration does not allow.
     *
     * Throws `Forbidden` (naming the setting), `RoleNotFound`, `SubjectNotFound`, or `Conflict` if the
     * binding's name is taken by a binding of another owner, or the subject's name by another subject.
     * A retry changes nothing: each binding exists once. After a refusal, no binding of this run is left,
     * whether from an earlier attempt or from before a role got more rules.
     */
    async grantAccess(given: GrantInput): Promise<Granted & Unanswered> {
      return reportUnanswered(target, (watched) =>
        attempt(async (now) => {
          const input = parseRequest(grantInputSchema, given);
          const request = { ...input, accesses: input.accesses.map(parseAccess) };
          try {
            return await grantAll(watched, request, now);
          } catch (error) {
            if (isRefusal(error)) await removeOwn(watched, request, now.signal);
            throw error;
          }
        }, target),
      );
    },

    /** Deletes the bindings that this run made, and no other. Resolves to their names. */
    async undoGrants(given: UndoGrantsInput): Promise<Removal> {
      return attempt(
        async ({ signal, number }) => {
          const input = parseRequest(undoGrantsInputSchema, given);
          const request = { ...input, accesses: input.accesses.map(parseAccess) };
          return { ...(await removeOwn(target, request, signal)), attempt: number };
        },
        { patience: 'for-ever' },
      );
    },
  };
}

interface GrantRequest extends Omit<GrantInput, 'accesses'> {
  readonly accesses: readonly Access[];
}

async function grantAll(
  target: Target,
  input: GrantRequest,
  { signal, show }: Pick<Attempt, 'signal' | 'show'>,
): Promise<Granted> {
  const { subject, accesses } = input;
  await guard(target, { subject, accesses }, signal);
  const unverified = await verifyGroup(target, subject, signal);
  const known = await lookUpSubject(target, input, signal);
  assertExists(known, target);
  const rules = await Promise.all(accesses.map((access) => provideRole(target, access, signal)));
  const existing = await existingAccess(target, known, accesses, signal);
  const maker = await makerOf(target.executions);
  const recipient = { subject, subjectUid: known.facts.uid, ...input.claimed, ...maker };
  const made: MadeGrant[] = [];
  for (const access of accesses) {
    show(`granting ${formatAccess(access)}`);
    // In order, so that a failure leaves the first ones
    made.push(await grantOne(target, recipient, access, signal));
    target.at(`granted ${formatAccess(access)}`);
  }
  // A role that was changed between check and binding would give more than was checked.
  for (const access of accesses) await checkRole(target, access, signal);
  const extras = accesses.flatMap(
    (each, index) => extraRights(each, target.roles, rules[index]) ?? [],
  );
  const warn = (text: string) => createFinding('warning', 'configuration', text);
  return {
    steps: made.map(({ step }) => step),
    grants: made.map(({ grant }) => grant),
    findings: [
      ...[...unverified, ...existing].map(warn),
      ...made.flatMap((each) => each.findings),
      ...extras.map(warn),
    ],
  };
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof PurserError && (error.type === 'Forbidden' || error.type === 'RoleNotFound')
  );
}

async function grantOne(
  target: Target,
  grant: Omit<Grant, 'access' | 'roles'>,
  access: Access,
  signal: AbortSignal,
): Promise<MadeGrant> {
  const began = performance.now();
  const { made, binding, findings } = await createGrant(
    target.cluster,
    { ...grant, access, roles: target.roles },
    signal,
  );
  const record = grantRecord(binding, access, made ? 'by-this-run' : 'before');
  const suffix = made ? '' : ', there already';
  return {
    grant: record,
    findings,
    step: {
      name: `grant ${formatAccess(access)}`,
      outcome: 'passed',
      detail: `${bindingPlace(binding.metadata.namespace, binding.metadata.name)} gives ${record.role}${suffix}`,
      durationMs: Math.round(performance.now() - began),
    },
  };
}

/** Accesses that the subject has already without Purser: no proof can tell them from the grant. */
async function existingAccess(
  { cluster }: Target,
  { subject, facts }: KnownSubject,
  accesses: readonly Access[],
  signal: AbortSignal,
): Promise<string[]> {
  const found = await Promise.all(
    accesses.map(async (access) => {
      const holder = { subject, groups: facts.groups };
      const ignore = [bindingName(subject, access)];
      // The review is one call, and most often denies; the bindings are many.
      const who = { user: userNameOf(subject), groups: facts.groups };
      if (!(await canSubject(cluster, who, rightOf(access), signal))) return [];
      const ways = await bindingsThatGive(cluster, holder, rightOf(access), { ignore, signal });
      if (ways.length === 0) return [];
      return [
        `${formatSubject(subject)} holds ${formatAccess(access)} already by ${ways.join(', ')}`,
      ];
    }),
  );
  return found.flat();
}

function rightOf(access: Access): Right {
  if (access.level === 'metrics') return METRICS_RIGHT;
  return allowsPush(access) ? pushRight(access.namespace) : pullRight(access.namespace);
}
