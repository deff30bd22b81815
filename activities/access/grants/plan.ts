import { z } from 'zod';
import { bindingPlace } from '../../../src/access/grants/bindings.ts';
import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import { bindingName } from '../../../src/access/grants/binding-name.ts';
import {
  formatAccess,
  parseAccess,
  roleOf,
  extraRights,
} from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { accessesSchema } from '../../../src/access/model/request.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { subjectSchema } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { attempt } from '../../attempt.ts';
import { clusterSubject } from '../../identity/cluster-subject.ts';
import type { Target } from '../../target.ts';
import { guard, checkRole, verifyGroup } from './guard.ts';
import { describeHome } from './subject-home.ts';

const planInputSchema = z.strictObject({ subject: subjectSchema, accesses: accessesSchema });

export function createPlanActivities(target: Target) {
  return {
    /**
     * {@link planGrants}, for an onboarding that makes a login first: it makes no login for an access that
     * will be refused.
     */
    async planAccess(
      given: z.input<typeof planInputSchema>,
    ): Promise<{ readonly plan: readonly string[] }> {
      return attempt(async ({ signal }) => {
        const { subject, accesses } = parseRequest(planInputSchema, given);
        const known = clusterSubject(await readIdentitySource(target.cluster, signal), subject);
        return { plan: await planGrants(target, known, accesses, signal) };
      });
    },
  };
}

/**
 * The bindings that would be made, a line each, with what each role gives beside images. The roles are
 * read from the cluster, and people see the plan before the onboarding changes anything. The guard
 * refuses here already, before the wait for a login. Throws as grantAccess does.
 */
export async function planGrants(
  target: Target,
  subject: Subject,
  accesses: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const proposed = { subject, accesses: accesses.map(parseAccess) };
  await guard(target, proposed, signal);
  const unverified = await verifyGroup(target, subject, signal);
  const bound = await Promise.all(
    proposed.accesses.map((access) => describeBinding(target, subject, access, signal)),
  );
  return [...bound, ...unverified, ...(await describeHome(target, subject, signal))];
}

async function describeBinding(
  target: Target,
  subject: Subject,
  access: Access,
  signal: AbortSignal,
): Promise<string> {
  const rules = await checkRole(target, access, signal);
  const role = roleOf(access, target.roles);
  const place = bindingPlace(access.namespace, bindingName(subject, access));
  const suffix = rules === undefined ? ', which Purser makes' : '';
  const extra = extraRights(access, target.roles, rules);
  return `${formatAccess(access)}: ${place} to ${role}${suffix}${extra === undefined ? '' : `. **${extra}**`}`;
}
