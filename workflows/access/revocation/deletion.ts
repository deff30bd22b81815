import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { RevokeRequest } from '../../../src/access/model/request.ts';
import type {
  FoundGrants,
  RevocableGrant,
  SoughtGrant,
} from '../../../src/access/model/grants/revocation.ts';
import type { SearchedGrants } from '../../../activities/access/grants/revocations.ts';
import { describeFailure } from '../../failure.ts';
import type { FailureSummary } from '../../failure.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import { revocationOn } from '../../activities.ts';
import type { AccessResult } from './context.ts';

/** What came of one access: its fate, and what to say of it. */
export interface RevokedAccess {
  readonly result: AccessResult;
  readonly detail: string;
  readonly findings?: readonly Finding[];
}

/** What came of an access that was not taken back, because of an error. */
export function notRevoked(access: string, error: unknown, target: string): RevokedAccess {
  const problem = describeFailure(error, target);
  return { result: { access, is: 'kept', deleted: [], problem }, detail: problem.message };
}

/** Looks for the grants of one access, for as long as it takes. */
export async function findGrants(target: string, sought: SoughtGrant): Promise<SearchedGrants> {
  const summary = `what stands for ${sought.access}?`;
  return revocationOn(target).findGrants.executeWithOptions({ summary }, [sought]);
}

/**
 * Deletes what was found. A binding that somebody has changed is refused with a `Conflict` unless the
 * request is `withOthers`; one that is in the place and none of Purser's is never touched.
 */
export async function deleteFound(
  request: RevokeRequest,
  access: string,
  { grants, foreign, findings: searched = [] }: DeletionCandidates,
): Promise<RevokedAccess> {
  const mayDelete = ({ differs }: RevocableGrant) =>
    differs === undefined || request.withOthers === true;
  const { deleted, left, failure } = await deleteAll(
    request.target,
    access,
    grants.filter(mayDelete),
  );
  const problems = [
    ...left,
    ...grants.filter((grant) => !mayDelete(grant)).map(describeChanged),
    ...(grants.length === 0 ? foreign.map(describeForeign) : []),
  ];
  const warnings = [
    ...grants
      .filter(mayDelete)
      .flatMap(({ differs, record }) =>
        differs === undefined ? [] : [`${place(record)} was deleted although it ${differs}`],
      ),
    ...grants
      .filter((grant) => mayDelete(grant) && grant.recordedFor !== formatSubject(request.subject))
      .map(({ record, recordedFor }) => `${place(record)} was made for ${recordedFor}`),
    ...(grants.length === 0 ? [] : foreign.map((each) => `${each}; it stays`)),
  ];
  // A worker of before this was added says nothing of its search.
  const findings = [
    ...searched,
    ...warnings.map((text) => createFinding('warning', 'configuration', text)),
  ];
  const isGone = deleted.map((each) => `${each} is gone`);
  const detail = [...isGone, ...problems].join('; ');
  if (problems.length === 0)
    return { result: { access, is: 'revoked', deleted }, detail, findings };
  const problem = { type: failure?.type ?? 'Conflict', message: problems.join('; ') };
  return { result: { access, is: 'kept', deleted, problem }, detail, findings };

  function describeChanged({ record, differs = '', recordedFor }: RevocableGrant): string {
    const who = formatSubject(request.subject);
    return `${place(record)} was made for ${recordedFor} and ${differs}; it was left as it is. Take out what was added, or \`purser revoke ${who} --access ${access} --with-others\` deletes it for all`;
  }
}

type DeletionCandidates = FoundGrants & Partial<Pick<SearchedGrants, 'findings'>>;

interface DeletionResult {
  readonly deleted: readonly string[];
  readonly left: readonly string[];
  readonly failure?: FailureSummary;
}

// What was deleted is told although another could not be, or the revocation was cancelled meanwhile.
async function deleteAll(
  target: string,
  access: string,
  grants: readonly RevocableGrant[],
): Promise<DeletionResult> {
  const settled = await Promise.allSettled(grants.map((each) => deleteOne(target, access, each)));
  const deletions = settled.flatMap((end) => (end.status === 'fulfilled' ? end.value : []));
  const deleted = deletions.flatMap(({ gone }) => gone ?? []);
  const left = deletions.flatMap((each) => each.left ?? []);
  const failed = settled.find((end) => end.status === 'rejected');
  if (failed === undefined) return { deleted, left };
  if (deleted.length === 0) throw failed.reason;
  const failure = describeFailure(failed.reason, target);
  return { deleted, left: [...left, failure.message], failure };
}

async function deleteOne(
  target: string,
  access: string,
  { decided, record }: RevocableGrant,
): Promise<{ readonly gone?: string; readonly left?: string }> {
  const summary = `delete ${place(record)}`;
  const deletion = await revocationOn(target).revokeGrant.executeWithOptions({ summary }, [
    { access, decided },
  ]);
  if (deletion.is !== 'not-ours-any-more') return { gone: place(record) };
  return { left: `${place(record)} is not ours any more, and stays: ${deletion.left}` };
}

function describeForeign(binding: string): string {
  return `${binding}. What Purser did not grant, it does not revoke: it is yours to delete`;
}

function place({ namespace, binding }: RevocableGrant['record']): string {
  return namespace === undefined
    ? `ClusterRoleBinding ${binding}`
    : `RoleBinding ${namespace}/${binding}`;
}
