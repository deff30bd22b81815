import {
  deleteAnchor,
  deleteTokens,
  mintToken,
  requestToken,
} from '../../../src/openshift/tokens.ts';
import type { SubjectToken, ProofMark } from '../../../src/openshift/tokens.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { SubjectFacts } from '../../../src/openshift/subjects.ts';
import type { Target } from '../../target.ts';
import { cleanUpIfPermitted } from './images/canary.ts';

/** Whose rights are tried, and for which proof. */
export interface ProofSubject {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  /** What everything is marked with that is made for the proof. */
  readonly mark: ProofMark;
  readonly scopes: readonly string[];
  /** The group that is proven by this member: what they may do without it proves nothing. */
  readonly through?: string;
}

/**
 * Takes a token of the subject's, if the target's configuration allows it; else says why it cannot,
 * and what would make it possible.
 */
export async function acquireToken(
  target: Target,
  { subject, facts, mark, scopes }: ProofSubject,
  signal: AbortSignal,
): Promise<SubjectToken | { readonly obstacle: string }> {
  switch (subject.kind) {
    case 'Group':
      return {
        obstacle: 'a group has no token; name a member with --prove-as to prove it by theirs',
      };
    case 'ServiceAccount':
      if (!target.proof.serviceAccountTokens.includes(subject.namespace)) {
        return {
          obstacle: `Purser may not take tokens in ${subject.namespace}; add it to proof.serviceAccountTokens of target ${target.name}`,
        };
      }
      return requestToken(target.cluster, subject, mark, signal);
    case 'User':
      if (!target.proof.mintTokens) {
        return {
          obstacle: `Purser may not mint tokens; switch on proof.mintTokens of target ${target.name}, or have ${subject.name} log in by hand`,
        };
      }
      if (facts.uid === undefined) {
        return {
          obstacle: facts.exists
            ? `Purser can mint no token for ${subject.name}: with an external issuer there are no OAuth tokens; have them log in by hand`
            : `${subject.name} has not logged in yet; run the same command again afterwards`,
        };
      }
      return mintToken(
        target.cluster,
        { name: subject.name, uid: facts.uid },
        { ...mark, scopes },
        signal,
      );
  }
}

/**
 * Deletes what an attempt that died has left of its tokens, whether any may be taken today or not.
 * Resolves to what was not looked at, in sentences.
 */
export async function cleanUpTokens(
  { cluster, proof }: Target,
  { subject, mark }: Pick<ProofSubject, 'subject' | 'mark'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (subject.kind !== 'ServiceAccount') {
    return cleanUpIfPermitted(proof.mintTokens, 'OAuthAccessTokens', async () => {
      await deleteTokens(cluster, mark, signal);
      return [];
    });
  }
  const { namespace } = subject;
  const isUsed = proof.serviceAccountTokens.includes(namespace);
  return cleanUpIfPermitted(isUsed, `Secrets of ${namespace}`, async () => {
    // By its name, which this run's id is in: Purser holds no right to read Secrets there.
    await deleteAnchor(cluster, namespace, mark.proof, signal);
    return [];
  });
}
