import { bindingPlace, findGrant } from '../../../src/access/grants/bindings.ts';
import { deleteUnchanged } from '../../../src/access/grants/delete.ts';
import { noteOf } from '../../../src/access/grants/record.ts';
import { ANNOTATIONS, LABELS } from '../../../src/kubernetes/labels.ts';
import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { shown } from '../../../src/domain/inputs/shown.ts';
import type { Left } from '../../../src/access/model/report/report.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Target } from '../../target.ts';
import { parseMark } from '../../executions.ts';
import type { Removal } from '../unanswered.ts';

/** What a run may have granted. `uids` are those of the bindings that it knows it made. */
export interface RunGrants {
  readonly subject: Subject;
  readonly accesses: readonly Access[];
  readonly uids?: readonly string[] | undefined;
}

/**
 * Deletes the bindings that this run made. A binding that was changed since, or that another run relies
 * on, stays: `kept` says why it is not this run's any more.
 */
export async function removeOwn(
  target: Target,
  { subject, accesses, uids = [] }: RunGrants,
  signal: AbortSignal,
): Promise<Omit<Removal, 'attempt'>> {
  const madeBy = await target.executions.thisRun();
  // A binding that cannot be deleted does not stop the deletion of the others.
  const results = await Promise.allSettled(
    accesses.map(async (access): Promise<RemovalResult | undefined> => {
      const grant = { subject, access };
      const binding = await findGrant(target.cluster, grant, signal);
      if (binding === undefined) return undefined;
      const what = bindingPlace(binding.metadata.namespace, binding.metadata.name);
      const ownership = ownershipOf(binding, { madeBy, uids });
      if (ownership === 'not-made-by-this-run') return undefined;
      if (ownership !== 'own') return { what, reason: ownership.reason };
      const deletion = await deleteUnchanged(target.cluster, binding, grant, signal);
      return deletion.is === 'not-ours-any-more' ? { what, reason: deletion.left } : { what };
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const all = results.flatMap((result) =>
    result.status === 'fulfilled' ? (result.value ?? []) : [],
  );
  return {
    removed: all.flatMap(({ what, reason }) => (reason === undefined ? what : [])),
    kept: all.flatMap(({ what, reason }): readonly Left[] =>
      reason === undefined ? [] : [{ what, why: `not ours any more: ${reason}` }],
    ),
  };
}

interface RemovalResult {
  readonly what: string;
  readonly reason?: string;
}

type Ownership = 'own' | 'not-made-by-this-run' | { readonly reason: string };

// Marks can be edited. A binding whose uid this run knows is its own even without the mark.
function ownershipOf(
  binding: Binding,
  run: { readonly madeBy: string; readonly uids: readonly string[] },
): Ownership {
  const { metadata } = binding;
  const { madeBy } = noteOf(binding);
  const confirmedBy = metadata.annotations?.[ANNOTATIONS.confirmedBy];
  if (madeBy === run.madeBy) return ownUnlessConfirmed(confirmedBy, run.madeBy);
  const isManaged = metadata.labels?.[LABELS.managed] === 'grant';
  const isKnown = metadata.uid !== undefined && run.uids.includes(metadata.uid);
  if (!isKnown && !(isManaged && madeBy === undefined)) return 'not-made-by-this-run';
  const change = madeBy === undefined ? 'is gone' : 'names another run now';
  return { reason: `its annotation ${ANNOTATIONS.madeBy} ${change}` };
}

function ownUnlessConfirmed(confirmedBy: string | undefined, own: string): Ownership {
  if (confirmedBy === undefined || confirmedBy === own || !isOnboarding(confirmedBy)) return 'own';
  return {
    reason: `the run ${shown(confirmedBy)} has found it in place since, and its access relies on it`,
  };
}

// Anyone who may edit a binding may write anything there. A text that names no onboarding is ignored.
function isOnboarding(mark: string): boolean {
  return parseMark(mark)?.workflowId.startsWith('onboard/') === true;
}
