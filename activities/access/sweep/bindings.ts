import type { Archive } from '../../../src/archive/archive.ts';
import { bindingPlace, listGrants } from '../../../src/access/grants/bindings.ts';
import { placePath } from '../../../src/access/grants/bindings.ts';
import { deleteAsRead } from '../../../src/access/grants/delete.ts';
import { isGrant, noteOf } from '../../../src/access/grants/record.ts';
import { bindingSchema } from '../../../src/kubernetes/api/objects.ts';
import { ANNOTATIONS, LABELS } from '../../../src/kubernetes/labels.ts';
import { findUid } from '../../../src/openshift/subjects.ts';
import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import { shown } from '../../../src/domain/inputs/shown.ts';
import { createSweepTally } from '../../../src/access/model/sweep.ts';
import type { SweptPart, Tally } from '../../../src/access/model/sweep.ts';
import { parseSubject, recordedSubjectSchema } from '../../../src/domain/subject.ts';
import { attempt } from '../../attempt.ts';
import type { Target } from '../../target.ts';
import { createEvidence } from './evidence.ts';
import type { RunEvidence } from './evidence.ts';
import { forEachConcurrently, describeRefusal, describeOwnFault } from './for-each.ts';
import { evaluateRemoval } from './removal.ts';

export function createBindingSweepActivities(target: Target, archive: Archive) {
  return {
    /**
     * Checks every binding with this installation's mark. Deletes those whose run has ended and whose
     * report says that it failed. A binding without that evidence is reported and stays, and so does a
     * binding whose subject was deleted and made anew since it was granted.
     */
    async sweepBindings(): Promise<SweptPart> {
      return attempt(async ({ signal, show }) => {
        const installation = await target.executions.installation();
        const grants = await listGrants(target.cluster, signal);
        const own = grants.filter((binding) => isOf(installation, binding));
        const tally = createSweepTally('binding');
        const { executions } = target;
        const context = {
          target,
          archive,
          installation,
          tally,
          signal,
          evaluate: createEvidence({ executions, archive, signal }),
        };
        await forEachConcurrently(own, async (binding, number) => {
          if (number % 100 === 0) show(`${number} of ${own.length} bindings`);
          await sweepOne(context, binding);
        });
        return tally.part();
      });
    },
  };
}

interface SweepContext {
  readonly target: Target;
  readonly archive: Archive;
  readonly installation: string;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly evaluate: ReturnType<typeof createEvidence>;
}

async function sweepOne(context: SweepContext, binding: Binding): Promise<void> {
  context.tally.see();
  const evidence = await evidenceOf(context.evaluate, binding).catch(
    (error: unknown): RunEvidence => {
      return {
        is: 'unknown',
        why: `Purser cannot tell whether its run failed: ${describeOwnFault(error, context.signal)}`,
      };
    },
  );
  if (evidence.is !== 'failed') return handleUnfailed(context, binding, evidence);
  try {
    await sweepFailed(context, binding);
  } catch (error) {
    const why = `its run failed, and it cannot be removed: ${describeRefusal(error, context.signal)}`;
    context.tally.report({ what: placeOf(binding), why });
  }
}

/** Handles a binding that is not removed: reports it, or compares the uid of its subject. */
async function handleUnfailed(
  context: SweepContext,
  binding: Binding,
  evidence: Exclude<RunEvidence, { readonly is: 'failed' }>,
): Promise<void> {
  const what = placeOf(binding);
  if (evidence.is === 'unknown') return context.tally.report({ what, why: evidence.why });
  if (evidence.is === 'kept') return compareUid(context, binding, what);
}

// The list was read minutes ago. Since then a run may have found the binding in place, and granted the
// access by it. So the binding is read and checked again, and deleted only as it was read then.
async function sweepFailed(context: SweepContext, listed: Binding): Promise<void> {
  const { target, archive, signal, tally } = context;
  const { executions, cluster } = target;
  const what = placeOf(listed);
  const binding = await readAgain(context, listed);
  if (binding === undefined) return;
  if (!isGrant(binding) || !isOf(context.installation, binding)) {
    return tally.report({
      what,
      why: 'its run failed, but it is not a grant of this installation any more',
    });
  }
  const made = await evidenceOf(createEvidence({ executions, archive, signal }), binding);
  const evidence = made.is === 'failed' ? await evaluateRemoval(context, binding, made) : made;
  if (evidence.is !== 'failed') return handleUnfailed(context, binding, evidence);
  const deletion = await deleteAsRead(cluster, binding, signal);
  if (deletion.is === 'held') {
    const why = `its run failed, and it is marked for deletion, but finalizers keep it: ${deletion.by}`;
    return tally.report({ what, why });
  }
  if (deletion.is === 'gone') return;
  tally.remove({ what, why: `its run ${madeBy(binding)} failed, and has ended` });
}

async function readAgain({ target, signal }: SweepContext, { metadata }: Binding) {
  const path = placePath(metadata.namespace, metadata.name);
  return target.cluster.find(bindingSchema, { method: 'GET', path, signal });
}

function isOf(installation: string, { metadata }: Binding): boolean {
  return metadata.labels?.[LABELS.installation] === installation;
}

function placeOf({ metadata }: Binding): string {
  return bindingPlace(metadata.namespace, metadata.name);
}

// A later run may have found it in place, and proven the access: then that run's report counts as well.
async function evidenceOf(
  evaluate: SweepContext['evaluate'],
  binding: Binding,
): Promise<RunEvidence> {
  const { subject, state } = noteOf(binding);
  const claims = { subject, state };
  const made = await evaluate(madeBy(binding), claims);
  const confirmedBy = binding.metadata.annotations?.[ANNOTATIONS.confirmedBy];
  if (confirmedBy === undefined || made.is === 'kept' || made.is === 'open') return made;
  const confirmed = await evaluate(confirmedBy, claims);
  // It may go only if both runs failed.
  return confirmed.is === 'failed' ? made : confirmed;
}

async function compareUid(
  { target, tally, signal }: SweepContext,
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
    const why = `${who} was deleted and made anew since it was granted (uid ${shown(recorded)} then, ${now} now): the new one holds the access`;
    tally.report({ what, why });
  } catch (error) {
    tally.cannotLook(
      `who ${shown(notes[ANNOTATIONS.subject] ?? '')} is now: ${describeRefusal(error, signal)}`,
    );
  }
}

function madeBy({ metadata }: Binding): string {
  return metadata.annotations?.[ANNOTATIONS.madeBy] ?? '';
}
