import type { Archive } from '../../src/archive/archive.ts';
import { bindingPlace, listGrants } from '../../src/cluster/bindings.ts';
import { deleteUnchanged } from '../../src/cluster/grants/delete.ts';
import { recordedAccess, recordedSubject } from '../../src/cluster/grants/record.ts';
import { ANNOTATIONS, LABELS } from '../../src/cluster/labels.ts';
import { findUid } from '../../src/cluster/subjects.ts';
import type { Binding } from '../../src/cluster/api/objects.ts';
import { shown } from '../../src/domain/inputs/shown.ts';
import { createTally } from '../../src/domain/sweep/result.ts';
import type { SweptPart, Tally } from '../../src/domain/sweep/result.ts';
import { parseSubject, recordedSubjectSchema } from '../../src/domain/subject.ts';
import { attempt } from '../attempt.ts';
import type { Target } from '../target.ts';
import { createEvidence } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { eachOf, whyNot, whyOwn } from './each-of.ts';

export const createBindingSweepActivities = (target: Target, archive: Archive) => ({
  /**
   * Looks at every binding with this installation's mark. Deletes those whose run has ended and whose
   * report says that it failed; a binding without that evidence is reported and left alone, and so is
   * one whose subject was deleted and made anew since it was granted.
   */
  async sweepBindings(): Promise<SweptPart> {
    return attempt(async ({ signal, show }) => {
      const installation = await target.executions.installation();
      const grants = await listGrants(target.cluster, signal);
      const own = grants.filter(
        ({ metadata }) => metadata.labels?.[LABELS.installation] === installation,
      );
      const tally = createTally('binding');
      const { executions } = target;
      const look = {
        target,
        tally,
        signal,
        judge: createEvidence({ executions, archive, signal }),
      };
      await eachOf(own, async (binding, number) => {
        if (number % 100 === 0) show(`${number} of ${own.length} bindings`);
        await sweepOne(look, binding);
      });
      return tally.part();
    });
  },
});

interface Look {
  readonly target: Target;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly judge: ReturnType<typeof createEvidence>;
}

async function sweepOne(look: Look, binding: Binding): Promise<void> {
  const { tally, target, signal } = look;
  const { namespace, name } = binding.metadata;
  const what = bindingPlace(namespace, name);
  tally.see();
  const evidence = await evidenceOf(look, binding).catch((error: unknown): Evidence => {
    return { is: 'unknown', why: `it cannot be judged: ${whyOwn(error, signal)}` };
  });
  if (evidence.is === 'open') return;
  if (evidence.is === 'unknown') return tally.report({ what, why: evidence.why });
  if (evidence.is === 'kept') return compareUid(look, binding, what);
  const [subject, access] = [recordedSubject(binding), recordedAccess(binding)];
  if (subject === undefined || access === undefined) {
    return tally.report({ what, why: 'its run failed, and what it was made for is not readable' });
  }
  try {
    const end = await deleteUnchanged(target.cluster, binding, { subject, access }, signal);
    if (end.is === 'not-ours-any-more') {
      return tally.report({
        what,
        why: `its run failed, but it is not ours any more: ${end.left}`,
      });
    }
    tally.remove({ what, why: `its run ${madeBy(binding)} failed, and has ended` });
  } catch (error) {
    tally.report({
      what,
      why: `its run failed, and it cannot be removed: ${whyNot(error, signal)}`,
    });
  }
}

// A later run may have found it in place and the access good: then that run's report counts as well.
async function evidenceOf({ judge }: Look, binding: Binding): Promise<Evidence> {
  const notes = binding.metadata.annotations ?? {};
  const subject = notes[ANNOTATIONS.subject];
  const made = await judge(madeBy(binding), subject);
  const confirmedBy = notes[ANNOTATIONS.confirmedBy];
  if (confirmedBy === undefined || made.is === 'kept' || made.is === 'open') return made;
  const confirmed = await judge(confirmedBy, subject);
  // Only where both have failed it is nobody's.
  return confirmed.is === 'failed' ? made : confirmed;
}

async function compareUid(
  { target, tally, signal }: Look,
  { metadata }: Binding,
  what: string,
): Promise<void> {
  const notes = metadata.annotations ?? {};
  const recorded = notes[ANNOTATIONS.subjectUid];
  const subject = recordedSubjectSchema.safeParse(parseSubject(notes[ANNOTATIONS.subject] ?? ''));
  if (recorded === undefined || !subject.success) return;
  try {
    const now = await findUid(target.cluster, subject.data, signal);
    if (now === undefined || now === recorded) return;
    const who = shown(notes[ANNOTATIONS.subject] ?? '');
    const why = `${who} was deleted and made anew since it was granted (uid ${shown(recorded)} then, ${now} now): whoever has the name now holds the access`;
    tally.report({ what, why });
  } catch (error) {
    tally.cannotLook(
      `who ${shown(notes[ANNOTATIONS.subject] ?? '')} is now: ${whyNot(error, signal)}`,
    );
  }
}

function madeBy({ metadata }: Binding): string {
  return metadata.annotations?.[ANNOTATIONS.madeBy] ?? '';
}
