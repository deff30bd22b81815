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

/** The subject whose rights are tried, and the proof. */
export interface ProofSubject {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  /** The mark of everything that is made for the proof. */
  readonly mark: ProofMark;
  readonly scopes: readonly string[];
  /** The group that this member proves: what they may do without the group proves nothing. */
  readonly through?: string;
}

/**
 * Acquires a token of the subject, if the target's configuration allows it. Else says why it cannot, and
 * which setting would allow it.
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
 * Deletes the tokens that an interrupted attempt has left, even if today's settings allow no tokens.
 * Resolves to what was not checked, in sentences.
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
    // By its name, which holds this run's id: Purser has no right to read Secrets there.
    await deleteAnchor(cluster, namespace, mark.proof, signal);
    return [];
  });
}
