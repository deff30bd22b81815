import { condition, workflowInfo } from '@temporalio/workflow';
import { bindingOf } from '../../../src/access/model/report/report.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { ProgressView } from '../../progress-view.ts';
import type { RevocationContext, AccessResult } from './context.ts';
import { deleteFound, findGrants, notRevoked } from './deletion.ts';
import type { RevokedAccess } from './deletion.ts';
import { revokeOne } from './revoke-one.ts';

// What takes longer has something in its way, which the Web UI is to show.
const OVERDUE_AFTER_MS = 60_000;

/**
 * Takes every access back, each for itself: one that is somebody else's, was never granted, or that the
 * cluster does not let go, keeps none of the others. Fills the context's `results` and `grants`.
 */
export async function revokeAll(
  context: RevocationContext,
  names: readonly Subject[],
): Promise<void> {
  const { request, view, results } = context;
  const left = new Set(request.accesses);
  const revocations = request.accesses.map(async (access) => {
    const name = `revoke ${access}`;
    const began = Date.now();
    try {
      await view.step(name, async () => {
        const { result, detail, findings = [] } = await revokeOne(context, access, names);
        results.push(result);
        return { step: stepOf(result, { name, detail, durationMs: Date.now() - began }), findings };
      });
    } finally {
      left.delete(access);
    }
  });
  // One that is cancelled says what it has done; for that, all must have come to their end.
  const settled = await Promise.allSettled([showOverdue(view, left), ...revocations]);
  view.waiting(undefined);
  const failed = settled.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  view.state('running');
}

/**
 * Deletes what an onboarding that is still being undone has written late. What cannot be deleted is
 * said, and the access counts as kept. Resolves to the bindings that are gone.
 */
export async function revokeLate(
  { request, view, stopped, results, grants }: RevocationContext,
  names: readonly Subject[],
): Promise<readonly string[]> {
  const open = stopped.filter(({ hasEnded }) => !hasEnded);
  const accesses = request.accesses.filter((access) =>
    open.some((each) => each.accesses.includes(access)),
  );
  const recheck = async (access: string): Promise<RevokedAccess> => {
    const found = await findGrants(request.target, { access, names });
    const known = new Set(grants.map(bindingOf));
    grants.push(
      ...found.grants.flatMap(({ record }) => (known.has(bindingOf(record)) ? [] : [record])),
    );
    return deleteFound(request, access, { ...found, foreign: [] });
  };
  const deletions = await Promise.all(
    // One that is cancelled meanwhile was not seen to be gone, and hides no other that was deleted.
    accesses.map((access) =>
      recheck(access).catch((error: unknown) => notRevoked(access, error, request.target)),
    ),
  );
  for (const { result } of deletions) mergeLateResult(results, result);
  const late = deletions.flatMap(({ result }) => result.deleted);
  const problems = deletions.flatMap(({ result }) => result.problem?.message ?? []);
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
export function mergeLateResult(results: AccessResult[], late: AccessResult): void {
  const at = results.findIndex(({ access }) => access === late.access);
  const before = results[at];
  if (before === undefined) return void results.push(late);
  const deleted = [...new Set([...before.deleted, ...late.deleted])];
  const problem = mergeProblems(before.problem, late.problem);
  const is = late.deleted.length > 0 ? 'revoked' : before.is;
  results[at] =
    problem === undefined
      ? { ...before, is, deleted }
      : { ...before, is: 'kept', deleted, problem };
}

// What kept it the first time is what keeps it still; that the second look was cancelled is said besides.
function mergeProblems(
  first: AccessResult['problem'],
  late: AccessResult['problem'],
): AccessResult['problem'] {
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

function stepOf({ is }: AccessResult, told: Pick<Step, 'name' | 'detail' | 'durationMs'>): Step {
  if (is === 'kept') return { ...told, outcome: 'failed', cause: 'configuration' };
  // Only a step that passed shows that an access was taken back: an archived report is read for that.
  if (is === 'never') return { ...told, outcome: 'not-applicable' };
  return { ...told, outcome: 'passed' };
}
