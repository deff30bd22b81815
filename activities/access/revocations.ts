import {
  assertOurs,
  bindingPlace,
  deleteBinding,
  findGrant,
  grantRecord,
} from '../../src/cluster/bindings.ts';
import { bindingName } from '../../src/cluster/labels.ts';
import { formatAccess, parseAccess } from '../../src/domain/access.ts';
import type { Access } from '../../src/domain/access.ts';
import { PurserError } from '../../src/domain/errors.ts';
import type { GrantRecord, Step } from '../../src/domain/report.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { attempt } from '../attempt.ts';
import type { Target } from '../target.ts';

// What is taken back stays to be taken back: what may pass is tried again for as long as it takes.
const UNTIL_IT_IS_GONE = { patience: Infinity };

export const createRevocationActivities = (target: Target) => ({
  /**
   * Finds the grants that are to be taken back. Throws `GrantNotFound` where Purser made none for
   * an access, and `Conflict` where the binding of that name is somebody else's.
   */
  async findGrants(input: {
    readonly subject: Subject;
    readonly accesses: readonly string[];
  }): Promise<{ readonly step: Step; readonly grants: readonly GrantRecord[] }> {
    return attempt(async ({ signal }) => {
      const began = performance.now();
      const grants = await Promise.all(
        input.accesses.map(parseAccess).map(async (access) => {
          const grant = { subject: input.subject, access, roles: target.roles };
          const binding = await findGrant(target.cluster, grant, signal);
          if (binding === undefined) throw grantNotFound(input.subject, access, target.name);
          assertOurs(binding, { ...grant });
          return grantRecord(binding, access, 'before');
        }),
      );
      const detail = grants
        .map(({ namespace, binding, role }) => `${bindingPlace(namespace, binding)} gives ${role}`)
        .join('; ');
      const durationMs = Math.round(performance.now() - began);
      return { step: { name: 'find', outcome: 'passed', detail, durationMs }, grants };
    }, target);
  },

  /** Deletes Purser's bindings for these accesses; those that are gone already are fine. */
  async revokeGrants(input: {
    readonly subject: Subject;
    readonly accesses: readonly string[];
  }): Promise<{ readonly steps: readonly Step[] }> {
    return attempt(async ({ signal }) => {
      const steps: Step[] = [];
      for (const access of input.accesses.map(parseAccess)) {
        const began = performance.now();
        const grant = { subject: input.subject, access, roles: target.roles };
        // In order: a crash leaves the rest as they were
        const binding = await findGrant(target.cluster, grant, signal);
        if (binding !== undefined) {
          assertOurs(binding, grant);
          await deleteBinding(target.cluster, access, binding, signal);
        }
        target.at(`revoked ${formatAccess(access)}`);
        const detail = `${bindingPlace(access.namespace, bindingName(input.subject, access))} is gone`;
        const durationMs = Math.round(performance.now() - began);
        steps.push({
          name: `revoke ${formatAccess(access)}`,
          outcome: 'passed',
          detail,
          durationMs,
        });
      }
      return { steps };
    }, UNTIL_IT_IS_GONE);
  },
});

function grantNotFound(subject: Subject, access: Access, target: string): PurserError {
  return new PurserError(
    'GrantNotFound',
    `Purser has granted no ${formatAccess(access)} to ${formatSubject(subject)} on ${target}; see \`purser access list\``,
  );
}
