import { parseAccess } from '../../../src/access/model/access.ts';
import { isRetryable, PurserError } from '../../../src/domain/errors.ts';
import type { ProofInput } from '../../../src/access/model/inputs.ts';
import { formatSubject, subjectKey } from '../../../src/domain/subject.ts';
import { guard } from '../grants/guard.ts';
import { lookUpSubject } from '../people/look-up.ts';
import type { KnownSubject } from '../people/look-up.ts';
import type { Target } from '../../target.ts';
import type { ProofSubject } from './acquire-token.ts';

/** With whose rights it is tried. */
export type Prover = Pick<ProofSubject, 'subject' | 'facts' | 'through'>;

/**
 * The subject itself, or the member that stands for a group. Resolves to a sentence where that is no
 * member: what a stranger may do proves nothing about the group. Throws `InvalidRequest` for a member
 * of what is no group.
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
  // Without Group objects nobody knows who is in one; and then nobody's token can be taken either.
  if (member.hasUsers && !member.facts.groups.includes(through)) {
    return {
      obstacle: `${by} is no member of ${formatSubject(subject)}; name one with --prove-as`,
    };
  }
  return { subject: member.subject, facts: member.facts, through };
}

/** Why this target tries nothing in this subject's name; undefined where it does. */
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
