import { readIdentitySource } from '../../src/cluster/identity-config.ts';
import { findSubject, servesUsers } from '../../src/cluster/subjects.ts';
import type { SubjectFacts } from '../../src/cluster/subjects.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { formatSubject } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import type { Target } from '../target.ts';

/** A subject as the cluster knows it now. */
export interface Known {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  /** Whether the cluster keeps User and Group objects, so that their absence says something. */
  readonly hasUsers: boolean;
}

/**
 * Looks up whom an activity is to act for, by the name that the cluster knows: what its input said of
 * them could be anything. Throws `Conflict` where `expectUid` is given and somebody else has the name.
 */
export async function lookUpSubject(
  target: Target,
  { subject, expectUid }: { readonly subject: Subject; readonly expectUid?: string | undefined },
  signal: AbortSignal,
): Promise<Known> {
  const { cluster } = target;
  const source = await readIdentitySource(cluster, signal);
  // An external issuer ends them by configuration, and the operator takes their API away later.
  const hasUsers = source.kind !== 'oidc' && (await servesUsers(cluster, signal));
  const facts = await findSubject(cluster, subject, hasUsers, signal);
  if (expectUid !== undefined && facts.uid !== expectUid) {
    throw new PurserError(
      'Conflict',
      `${formatSubject(subject)} on ${target.name} is not who it was when this was decided: its uid was ${expectUid}, and ${facts.uid === undefined ? 'it is gone' : `is ${facts.uid} now`}. ` +
        'Somebody else may be behind the name: look who it is, then start again',
    );
  }
  return { subject, facts, hasUsers };
}

/** Throws `SubjectNotFound` for a group or service account that is not there; people come by logging in. */
export function assertThere({ subject, facts }: Known, target: string): void {
  if (facts.exists || subject.kind === 'User') return;
  throw subjectNotFound(subject, target);
}

/** For a group or service account: there is none of that name. */
export function subjectNotFound(subject: Subject, target: string): PurserError {
  const advice =
    subject.kind === 'ServiceAccount'
      ? `create it first (oc create serviceaccount ${subject.name} -n ${subject.namespace})`
      : 'check the spelling, or sync the group from its provider first';
  return new PurserError(
    'SubjectNotFound',
    `${formatSubject(subject)} does not exist on ${target}; ${advice}`,
  );
}
