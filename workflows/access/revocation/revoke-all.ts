import { condition, workflowInfo } from '@temporalio/workflow';
import { bindingOf } from '../../../src/access/model/report/report.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { ProgressView } from '../../progress-view.ts';
import type { RevocationContext, Fate } from './context.ts';
import { deleteFound, findNow, kept } from './deletion.ts';
import type { RevokedAccess } from './deletion.ts';
import { revokeOne } from './revoke-one.ts';

// What takes longer has something in its way, which the Web UI is to show.
const OVERDUE_AFTER_MS = 60_000;

/**
 * Takes every access back, each for itself: one that is somebody else's, was never granted, or that the
 * cluster does not let go, keeps none of the others. Fills the context's `fates` and `grants`.
 */
export async function revokeAll(
  context: RevocationContext,
  names: readonly Subject[],
): Promise<void> {
  const { request, view, fates } = context;
  const left = new Set(request.accesses);
  const taking = request.accesses.map(async (access) => {
    const name = `revoke ${access}`;
    const began = Date.now();
    try {
      await view.step(name, async () => {
        const { fate, detail, findings = [] } = await revokeOne(context, access, names);
        fates.push(fate);
        return { step: stepOf(fate, { name, detail, durationMs: Date.now() - began }), findings };
      });
    } finally {
      left.delete(access);
    }
  });
  // One that is cancelled says what it has done; for that, all must have come to their end.
  const ends = await Promise.allSettled([showOverdue(view, left), ...taking]);
  view.waiting(undefined);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  view.state('running');
}

/**
 * Deletes what an onboarding that is still being undone has written late. What cannot be deleted is
 * said, and the access counts as kept. Resolves to the bindings that are gone.
 */
export async function revokeLate(
  { request, view, stopped, fates, grants }: RevocationContext,
  names: readonly Subject[],
): Promise<readonly string[]> {
  const open = stopped.filter(({ hasEnded }) => !hasEnded);
  const accesses = request.accesses.filter((access) =>
    open.some((each) => each.accesses.includes(access)),
  );
  const lookAgain = async (access: string): Promise<RevokedAccess> => {
    const found = await findNow(request.target, { access, names });
    const known = new Set(grants.map(bindingOf));
    grants.push(
      ...found.grants.flatMap(({ record }) => (known.has(bindingOf(record)) ? [] : [record])),
    );
    return deleteFound(request, access, { ...found, foreign: [] });
  };
  const deletions = await Promise.all(
    // One that is cancelled meanwhile was not seen to be gone, and hides no other that was deleted.
    accesses.map((access) =>
      lookAgain(access).catch((error: unknown) => kept(access, error, request.target)),
    ),
  );
  for (const { fate } of deletions) addLate(fates, fate);
  const late = deletions.flatMap(({ fate }) => fate.deleted);
  const problems = deletions.flatMap(({ fate }) => fate.problem?.message ?? []);
  const parts = [
    ...(late.length === 0 ? [] : [`${late.join(', ')} had been written late, and is gone`]),
    ...problems,
  ];
  if (parts.length > 0) {
    const told = { name: 'look again', detail: parts.join('; '), durationMs: 0 };
    const step: Step =
      problems.length === 0
        ? { ...told, outcome: 'passed' }
        : { ...told, outcome: 'failed', cause: 'configuration' };
    const findings = deletions.flatMap((each) => each.findings ?? []);
    await view.step('look again', async () => ({ step, findings }));
  }
  return late;
}

/** Adds what came of a second look at an access to what came of the first. */
export function addLate(fates: Fate[], late: Fate): void {
  const at = fates.findIndex(({ access }) => access === late.access);
  const before = fates[at];
  if (before === undefined) return void fates.push(late);
  const deleted = [...new Set([...before.deleted, ...late.deleted])];
  const problem = joined(before.problem, late.problem);
  const is = late.deleted.length > 0 ? 'revoked' : before.is;
  fates[at] =
    problem === undefined
      ? { ...before, is, deleted }
      : { ...before, is: 'kept', deleted, problem };
}

// What kept it the first time is what keeps it still; that the second look was cancelled is said besides.
function joined(first: Fate['problem'], late: Fate['problem']): Fate['problem'] {
  if (first === undefined || late?.type !== 'Cancelled') return first ?? late;
  return { ...late, message: `${first.message}; ${late.message}` };
}

async function showOverdue(view: ProgressView, left: ReadonlySet<string>): Promise<void> {
  const since = new Date().toISOString();
  const summary = 'then the revocation is overdue';
  if (await condition(() => left.size === 0, OVERDUE_AFTER_MS, { summary })) return;
  view.state('revocation-overdue');
  view.waiting({
    for: `the cluster to let go of ${[...left].join(', ')}`,
    since,
    until: 'it is done',
    advice: `Purser tries again for ever, at most 1 min apart; the pending activity shows what came back last. \`purser cancel '${workflowInfo().workflowId}'\` gives up, and says what was deleted.`,
  });
}

function stepOf({ is }: Fate, told: Pick<Step, 'name' | 'detail' | 'durationMs'>): Step {
  if (is === 'kept') return { ...told, outcome: 'failed', cause: 'configuration' };
  // Only a step that passed shows that an access was taken back: an archived report is read for that.
  if (is === 'never') return { ...told, outcome: 'not-applicable' };
  return { ...told, outcome: 'passed' };
}
