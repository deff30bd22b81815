import { condition, workflowInfo } from '@temporalio/workflow';
import { bindingOf } from '../../../src/access/model/report/report.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { ProgressView } from '../../progress-view.ts';
import type { RevocationContext, AccessResult } from './context.ts';
import { deleteFound, notRevoked, searchGrants } from './deletion.ts';
import type { RevokedAccess } from './deletion.ts';
import { revokeOne } from './revoke-one.ts';

// A revocation that takes longer has a problem, which the Web UI must show.
const OVERDUE_AFTER_MS = 60_000;

/**
 * Revokes every access independently of the others. One that was changed, was never granted or cannot be
 * deleted does not stop the others. Fills the context's `results` and `grants`.
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
  // A cancelled revocation reports what it has done; so wait until all have ended.
  const settled = await Promise.allSettled([showOverdue(view, left), ...revocations]);
  view.waiting(undefined);
  const failed = settled.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  view.state('running');
}

/**
 * Deletes the bindings that an onboarding wrote late, while it was being undone. If one cannot be deleted,
 * the access is not revoked. Resolves to the deleted bindings.
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
    const found = await searchGrants(request.target, { access, names });
    const known = new Set(grants.map(bindingOf));
    grants.push(
      ...found.grants.flatMap(({ record }) => (known.has(bindingOf(record)) ? [] : [record])),
    );
    return deleteFound(request, access, { ...found, foreign: [] });
  };
  const deletions = await Promise.all(
    // A deletion that was cancelled counts as not revoked; the results of the others are kept.
    accesses.map((access) =>
      recheck(access).catch((error: unknown) => notRevoked(access, error, request.target)),
    ),
  );
  for (const { result } of deletions) mergeLateResult(results, result);
  const late = deletions.flatMap(({ result }) => result.deleted);
  const problems = deletions.flatMap(({ result }) => result.problem?.message ?? []);
  const parts = [
    ...(late.length === 0 ? [] : [`${late.join(', ')} was written late, and is deleted`]),
    ...problems,
  ];
  if (parts.length > 0) {
    const common = { name: 'look again', detail: parts.join('; '), durationMs: 0 };
    const step: Step =
      problems.length === 0
        ? { ...common, outcome: 'passed' }
        : { ...common, outcome: 'failed', cause: 'configuration' };
    const findings = deletions.flatMap((each) => each.findings ?? []);
    await view.step('look again', async () => ({ step, findings }));
  }
  return late;
}

/** Adds the result of the recheck of an access to the result of its revocation. */
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

// The first problem is the one that counts; a cancelled recheck is only mentioned after it.
function mergeProblems(
  first: AccessResult['problem'],
  late: AccessResult['problem'],
): AccessResult['problem'] {
  if (first === undefined || late?.type !== 'Cancelled') return first ?? late;
  return { ...late, message: `${first.message}; ${late.message}` };
}

async function showOverdue(view: ProgressView, left: ReadonlySet<string>): Promise<void> {
  const since = new Date().toISOString();
  const summary = 'until the revocation counts as overdue';
  if (await condition(() => left.size === 0, OVERDUE_AFTER_MS, { summary })) return;
  view.state('revocation-overdue');
  view.waiting({
    for: `the cluster to delete the bindings of ${[...left].join(', ')}`,
    since,
    until: 'they are deleted',
    advice: `Purser tries again until it succeeds, at most 1 min apart. The pending activity shows the last error. \`purser cancel '${workflowInfo().workflowId}'\` gives up, and shows what was deleted.`,
  });
}

function stepOf({ is }: AccessResult, common: Pick<Step, 'name' | 'detail' | 'durationMs'>): Step {
  if (is === 'kept') return { ...common, outcome: 'failed', cause: 'configuration' };
  // Later runs read archived reports: there, a passed step means that the access was revoked.
  if (is === 'never') return { ...common, outcome: 'not-applicable' };
  return { ...common, outcome: 'passed' };
}
