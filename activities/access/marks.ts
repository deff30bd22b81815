import { z } from 'zod';
import { bindingPlace, findGrant } from '../../src/cluster/bindings.ts';
import { markGrant, marksFor } from '../../src/cluster/grants/state.ts';
import { bindingName } from '../../src/cluster/labels.ts';
import { accessSchema, parseAccess } from '../../src/domain/access.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { recordedSubjectSchema } from '../../src/domain/subject.ts';
import { attempt } from '../attempt.ts';
import type { Target } from '../target.ts';

const marksSchema = z.strictObject({
  subject: recordedSubjectSchema,
  accesses: z.array(accessSchema).min(1).max(100),
  state: z.enum(['proven', 'unproven']),
});

/** Input of `markGrants`. */
export type MarksInput = Readonly<z.infer<typeof marksSchema>>;

export const createMarkActivities = (target: Target) => ({
  /**
   * Says on the bindings what came of their proof, so that kubectl and the sweeper can tell. Resolves to
   * what was found amiss: a binding that is gone although it has just been proven.
   */
  async markGrants(given: MarksInput): Promise<{ readonly findings: readonly string[] }> {
    return attempt(async ({ signal }) => {
      const { subject, accesses, state } = parseRequest(marksSchema, given);
      const maker = {
        madeBy: await target.executions.thisRun(),
        installation: await target.executions.installation(),
      };
      const findings: string[] = [];
      for (const access of accesses.map(parseAccess)) {
        const binding = await findGrant(target.cluster, { subject, access }, signal);
        if (binding === undefined) {
          const place = bindingPlace(access.namespace, bindingName(subject, access));
          findings.push(`${place} is gone: somebody has deleted it since it was ${state}`);
          continue;
        }
        const marks = marksFor(binding, maker, state);
        if (marks === undefined) continue;
        await markGrant(target.cluster, binding, { access, marks }, signal);
      }
      return { findings };
    });
  },
});
