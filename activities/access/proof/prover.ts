import { parseAccess } from '../../../src/access/model/access.ts';
import { isRetryable, PurserError } from '../../../src/domain/errors.ts';
import type { ProofInput } from '../../../src/access/model/inputs.ts';
import { formatSubject, subjectKey } from '../../../src/domain/subject.ts';
import { guard } from '../grants/guard.ts';
import { lookUpSubject } from '../people/look-up.ts';
import type { KnownSubject } from '../people/look-up.ts';
import type { Target } from '../../target.ts';
import type { ProofSubject } from './acquire-token.ts';

/** The subject whose rights are tried. */
export type Prover = Pick<ProofSubject, 'subject' | 'facts' | 'through'>;

/**
 * The subject itself, or a member on behalf of a group. Resolves to a sentence if the person is no
 * member: what others may do proves nothing about the group. Throws `InvalidRequest` if a member is
 * named and the subject is no group.
 */
export async function findProver(
  target: Target,
  { by }: Pick<ProofInput, 'by'>,
  { subject, facts }: KnownSubject,
  signal: AbortSignal,
): Promise<Prover | { readonly obstacle: string }> {
  if (by === undefined) return { subject, facts };
  if (subject.kind !== 'Group') {
    throw new PurserError(
      'InvalidRequest',
      `by: ${JSON.stringify(by)} is for groups: ${formatSubject(subject)} is proven with rights of their own`,
    );
  }
  const through = subjectKey(subject);
  const member = await lookUpSubject(target, { subject: { kind: 'User', name: by } }, signal);
  // Without Group objects the members are not known; and then Purser can get no user's token either.
  if (member.hasUsers && !member.facts.groups.includes(through)) {
    return {
      obstacle: `${by} is no member of ${formatSubject(subject)}; name one with --prove-as`,
    };
  }
  return { subject: member.subject, facts: member.facts, through };
}

/** Why this target's policy forbids a proof with this subject's rights; undefined if it allows it. */
export async function policyObstacle(
  target: Target,
  { subject, accesses }: Pick<ProofInput, 'subject' | 'accesses'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await guard(target, { subject, accesses: accesses.map(parseAccess) }, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof PurserError) || isRetryable(error.type)) throw error;
    return error.message;
  }
}
