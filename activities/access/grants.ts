import { bindingPlace, createGrant, findGrant, grantRecord } from '../../src/cluster/bindings.ts';
import { deleteBinding } from '../../src/cluster/grants/delete.ts';
import { ANNOTATIONS, bindingName } from '../../src/cluster/labels.ts';
import { mayThey } from '../../src/cluster/reviews.ts';
import { bindingsThatGive, ensureScraperRole, hasRole } from '../../src/cluster/roles.ts';
import {
  allowsPush,
  formatAccess,
  parseAccess,
  roleOf,
  sideRights,
} from '../../src/domain/access.ts';
import type { Access } from '../../src/domain/access.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { refusal } from '../../src/domain/policy.ts';
import { METRICS_RIGHT, pullRight, pushRight } from '../../src/domain/rbac.ts';
import type { Right } from '../../src/domain/rbac.ts';
import type { Maker } from '../../src/cluster/bindings.ts';
import type { GrantRecord, Step } from '../../src/domain/report.ts';
import { formatSubject, userNameOf } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { attempt } from '../attempt.ts';
import type { SubjectFacts } from '../people/subjects.ts';
import type { Target } from '../target.ts';

export interface GrantInput {
  readonly subject: Subject;
  readonly accesses: readonly string[];
  readonly facts: SubjectFacts;
  readonly claimed: { readonly requestedBy?: string; readonly reason?: string };
}

export interface Granted {
  readonly steps: readonly Step[];
  readonly grants: readonly GrantRecord[];
  readonly findings: readonly string[];
}

interface MadeGrant {
  readonly grant: GrantRecord;
  readonly step: Step;
  readonly findings: readonly string[];
}

export const createGrantActivities = (target: Target) => ({
  /**
   * Makes one binding an access. The guard comes first: whoever can reach Temporal can start a
   * workflow, so it is the target's worker that refuses what its configuration does not allow.
   *
   * Throws `Forbidden` (naming the setting), `RoleNotFound`, or `Conflict` where somebody else's
   * binding stands in the place. Trying again changes nothing: each binding exists once.
   */
  async grantAccess(input: GrantInput): Promise<Granted> {
    return attempt(async ({ signal, show }) => {
      const accesses = input.accesses.map(parseAccess);
      assertIsThere(target, input);
      await guard(target, accesses, signal);
      const findings = await otherWays(target, input, accesses, signal);
      const maker = await makerOf(target);
      const made: MadeGrant[] = [];
      for (const access of accesses) {
        show(`granting ${formatAccess(access)}`);
        // In order, so that a failure leaves a prefix
        made.push(await grantOne(target, { ...input, ...maker }, access, signal));
        target.at(`granted ${formatAccess(access)}`);
      }
      return {
        steps: made.map(({ step }) => step),
        grants: made.map(({ grant }) => grant),
        findings: [
          ...findings,
          ...made.flatMap((each) => each.findings),
          ...accesses.flatMap((each) => sideRights(each, target.roles) ?? []),
        ],
      };
    });
  },

  /** Deletes the bindings that this run made, and no other. Resolves to their names. */
  async undoGrants(input: {
    readonly subject: Subject;
    readonly accesses: readonly string[];
  }): Promise<{ readonly removed: readonly string[] }> {
    return attempt(async ({ signal }) => {
      const removed: string[] = [];
      const madeBy = await target.executions.thisRun();
      for (const access of input.accesses.map(parseAccess)) {
        const binding = await findGrant(target.cluster, { ...input, access }, signal);
        if (binding?.metadata.annotations?.[ANNOTATIONS.madeBy] !== madeBy) continue;
        const deletion = await deleteBinding(target.cluster, binding, signal);
        if (deletion.is === 'not-ours-any-more') continue;
        removed.push(bindingPlace(binding.metadata.namespace, binding.metadata.name));
      }
      return { removed };
    });
  },
});

// A binding for a name is for whoever logs in first under it: that is the target's choice to make.
function assertIsThere({ name, grant }: Target, { subject, facts }: GrantInput): void {
  if (facts.exists || subject.kind !== 'User' || grant === 'before-login') return;
  throw new PurserError(
    'SubjectNotFound',
    `${subject.name} has not logged in to ${name} yet, and its setting \`grant: after-login\` gives nothing to a mere name`,
  );
}

async function guard(
  target: Target,
  accesses: readonly Access[],
  signal: AbortSignal,
): Promise<void> {
  const refusals = accesses.flatMap((access) => refusal(access, target.policy) ?? []);
  if (refusals.length > 0) {
    throw new PurserError('Forbidden', `target ${target.name}: ${refusals.join('; ')}`);
  }
  for (const access of accesses) {
    const role = roleOf(access, target.roles);
    if (access.level === 'metrics') await ensureScraperRole(target.cluster, signal);
    else if (!(await hasRole(target.cluster, role, signal))) {
      throw new PurserError(
        'RoleNotFound',
        `the ClusterRole ${role} does not exist on ${target.name}: is this OpenShift with its image API? Nothing was granted`,
      );
    }
  }
}

async function makerOf({ executions }: Target): Promise<Maker> {
  const [madeBy, installation] = await Promise.all([
    executions.thisRun(),
    executions.installation(),
  ]);
  return { madeBy, installation };
}

async function grantOne(
  target: Target,
  input: GrantInput & Maker,
  access: Access,
  signal: AbortSignal,
): Promise<MadeGrant> {
  const began = performance.now();
  const { made, binding, findings } = await createGrant(
    target.cluster,
    {
      subject: input.subject,
      access,
      roles: target.roles,
      madeBy: input.madeBy,
      installation: input.installation,
      subjectUid: input.facts.uid,
      ...input.claimed,
    },
    signal,
  );
  const grant = grantRecord(binding, access, made ? 'by-this-run' : 'before');
  const there = made ? '' : ', there already';
  return {
    grant,
    findings,
    step: {
      name: `grant ${formatAccess(access)}`,
      outcome: 'passed',
      detail: `${bindingPlace(binding.metadata.namespace, binding.metadata.name)} gives ${grant.role}${there}`,
      durationMs: Math.round(performance.now() - began),
    },
  };
}

/** What the subject may do already, without Purser: no proof can tell these apart from the grant. */
async function otherWays(
  { cluster }: Target,
  { subject, facts }: GrantInput,
  accesses: readonly Access[],
  signal: AbortSignal,
): Promise<string[]> {
  const found = await Promise.all(
    accesses.map(async (access) => {
      const holder = { subject, groups: facts.groups };
      const ignore = [bindingName(subject, access)];
      // The review is one call, and most often says no; the bindings are many.
      const who = { user: userNameOf(subject), groups: facts.groups };
      if (!(await mayThey(cluster, who, rightOf(access), signal))) return [];
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
