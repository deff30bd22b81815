import { isCancellation } from '@temporalio/workflow';
import type { FoundGrants, GrantEvidence } from '../../../src/access/model/grants/revocation.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { archive } from '../../activities.ts';
import { describeFailure } from '../../failure.ts';
import type { RevocationContext } from './context.ts';
import { deleteFound, notRevoked, searchGrants } from './deletion.ts';
import type { RevokedAccess } from './deletion.ts';

/**
 * Revokes one access: the bindings in the cluster, or, if there are none, those that the archive names.
 * Throws only if the revocation was cancelled.
 */
export async function revokeOne(
  context: RevocationContext,
  access: string,
  names: readonly Subject[],
): Promise<RevokedAccess> {
  const { request, grants } = context;
  try {
    let found = await searchGrants(request.target, { access, names });
    const archived = isNothing(found) ? await searchArchive(request.target, access, names) : {};
    const bindings = archived.evidence?.bindings ?? [];
    // The archive may know a binding whose name has an earlier prefix.
    if (bindings.length > 0)
      found = await searchGrants(request.target, { access, names, bindings });
    grants.push(...found.grants.map(({ record }) => record));
    if (!isNothing(found)) return await deleteFound(request, access, found);
    return nothingFound(context, { access, alike: found.alike, ...archived });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return notRevoked(access, error, request.target);
  }
}

interface NothingFound {
  readonly access: string;
  readonly alike: readonly string[];
  readonly evidence?: GrantEvidence;
  /** Why the archive could not be read. */
  readonly archiveError?: string;
}

function nothingFound(
  { request, stopped }: RevocationContext,
  nothing: NothingFound,
): RevokedAccess {
  const { access, alike, evidence, archiveError } = nothing;
  const gone = (detail: string): RevokedAccess => ({
    result: { access, is: 'gone', deleted: [] },
    detail,
  });
  const cancelled = stopped.find(({ accesses }) => accesses.includes(access));
  if (cancelled !== undefined) {
    return gone(
      `${access} does not exist: ${cancelled.workflowId}, which would have granted it, was cancelled`,
    );
  }
  const report = evidence?.report;
  if (report !== undefined) {
    return gone(
      `${access} is gone already: the report ${report.place} of ${report.endedAt} shows that it was granted`,
    );
  }
  const who = formatSubject(request.subject);
  const proof =
    archiveError === undefined
      ? 'and no archived report shows such a grant'
      : `and the archive, which may show an earlier grant, could not be read (${archiveError})`;
  const never = `Purser has granted no ${access} to ${who} on ${request.target}, ${proof}`;
  if (request.ignoreNotFound === true) {
    const detail = `${never}; --ignore-not-found ignores that`;
    const doubt = archiveError === undefined ? {} : { archiveError };
    return { result: { access, is: 'never', deleted: [], ...doubt }, detail };
  }
  const hint =
    alike.length === 0
      ? ''
      : `. It has granted it to ${alike.join(', ')}: did you mean one of these?`;
  const message = `${never}; see \`purser access list\`${hint}`;
  const problem = { type: 'GrantNotFound', message };
  return { result: { access, is: 'kept', deleted: [], problem }, detail: message };
}

async function searchArchive(
  target: string,
  access: string,
  names: readonly Subject[],
): Promise<{ readonly evidence?: GrantEvidence; readonly archiveError?: string }> {
  try {
    const summary = `search the archive for grants of ${access}`;
    const evidence = await archive().findGrantEvidence.executeWithOptions({ summary }, [
      { target, names, access },
    ]);
    return { evidence };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { archiveError: describeFailure(error, target).message };
  }
}

function isNothing({ grants, foreign }: FoundGrants): boolean {
  return grants.length === 0 && foreign.length === 0;
}
