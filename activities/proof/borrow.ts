import { deleteAnchor, deleteTokens, mintToken, requestToken } from '../../src/cluster/tokens.ts';
import type { BorrowedToken } from '../../src/cluster/tokens.ts';
import type { Subject } from '../../src/domain/subject.ts';
import type { SubjectFacts } from '../people/subjects.ts';
import type { Target } from '../target.ts';

/** Whose rights are tried, and for which proof. */
export interface Borrower {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  /** The proof's id: what is made for it is labelled with it. */
  readonly proof: string;
  readonly scopes: readonly string[];
  /** The group that is proven by this member: what they may do without it proves nothing. */
  readonly through?: string;
}

/**
 * Takes a token of the subject's, if the target's configuration allows it; else says why it cannot,
 * and what would make it possible.
 */
export async function borrowToken(
  target: Target,
  { subject, facts, proof, scopes }: Borrower,
  signal: AbortSignal,
): Promise<BorrowedToken | { readonly whyNot: string }> {
  switch (subject.kind) {
    case 'Group':
      return {
        whyNot: 'a group has no token; name a member with --prove-as to prove it by theirs',
      };
    case 'ServiceAccount':
      if (!target.proof.serviceAccountTokens.includes(subject.namespace)) {
        return {
          whyNot: `Purser may not take tokens in ${subject.namespace}; add it to proof.serviceAccountTokens of target ${target.name}`,
        };
      }
      return requestToken(target.cluster, subject, proof, signal);
    case 'User':
      if (!target.proof.mintTokens) {
        return {
          whyNot: `Purser may not mint tokens; switch on proof.mintTokens of target ${target.name}, or have ${subject.name} log in by hand`,
        };
      }
      if (facts.uid === undefined) {
        return {
          whyNot: facts.exists
            ? `Purser can mint no token for ${subject.name}: with an external issuer there are no OAuth tokens; have them log in by hand`
            : `${subject.name} has not logged in yet; run the same command again afterwards`,
        };
      }
      return mintToken(
        target.cluster,
        { name: subject.name, uid: facts.uid },
        { proof, scopes },
        signal,
      );
  }
}

/** Deletes what an attempt that died has left of its tokens. */
export async function dropTokens(
  target: Target,
  { subject, proof }: Pick<Borrower, 'subject' | 'proof'>,
  signal: AbortSignal,
): Promise<void> {
  if (subject.kind === 'User' && target.proof.mintTokens) {
    await deleteTokens(target.cluster, proof, signal);
  }
  if (
    subject.kind === 'ServiceAccount' &&
    target.proof.serviceAccountTokens.includes(subject.namespace)
  ) {
    await deleteAnchor(target.cluster, subject.namespace, proof, signal);
  }
}
