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

/** The result for one access, with the text and findings of its step. */
export interface RevokedAccess {
  readonly result: AccessResult;
  readonly detail: string;
  readonly findings?: readonly Finding[];
}

/** The result for an access that was not revoked because of an error. */
export function notRevoked(access: string, error: unknown, target: string): RevokedAccess {
  const problem = describeFailure(error, target);
  return { result: { access, is: 'kept', deleted: [], problem }, detail: problem.message };
}

/** Finds the grants of one access. Tries again until the cluster answers. */
export async function searchGrants(target: string, sought: SoughtGrant): Promise<SearchedGrants> {
  const summary = `find the bindings of ${sought.access}`;
  return revocationOn(target).findGrants.executeWithOptions({ summary }, [sought]);
}

/**
 * Deletes the bindings that were found. If another client has changed a binding, the result is a `Conflict`,
 * unless the request is `withOthers`. A binding of the same name that is not Purser's is never deleted.
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
  // An older worker sends no findings of its search.
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
    return `${place(record)} was made for ${recordedFor} and ${differs}; it was left as it is. Remove what was added, or \`purser revoke ${who} --access ${access} --with-others\` deletes it for all subjects`;
  }
}

type DeletionCandidates = FoundGrants & Partial<Pick<SearchedGrants, 'findings'>>;

interface DeletionResult {
  readonly deleted: readonly string[];
  readonly left: readonly string[];
  readonly failure?: FailureSummary;
}

// Reports the deleted bindings even if another one could not be deleted, or if the revocation was cancelled.
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
  return { left: `${place(record)} is not Purser's any more, and stays: ${deletion.left}` };
}

function describeForeign(binding: string): string {
  return `${binding}. Purser revokes only what it granted: delete this binding yourself`;
}

function place({ namespace, binding }: RevocableGrant['record']): string {
  return namespace === undefined
    ? `ClusterRoleBinding ${binding}`
    : `RoleBinding ${namespace}/${binding}`;
}
