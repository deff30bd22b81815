import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import { findSubject, servesUsers } from '../../../src/openshift/subjects.ts';
import type { SubjectFacts } from '../../../src/openshift/subjects.ts';
import { codedUserName } from '../../../src/openshift/users/accounts.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { formatSubject, whyNoUser } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Target } from '../../target.ts';

/** A subject as the cluster knows it now. */
export interface KnownSubject {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  /** Whether the cluster keeps User and Group objects, so that their absence says something. */
  readonly hasUsers: boolean;
}

/**
 * What a workflow is told of a subject, and its history keeps: who it is, and none of the lists that
 * grow with a directory. An activity that needs their groups looks them up.
 */
export type SeenSubject = Pick<SubjectFacts, 'exists' | 'uid'>;

/** See {@link SeenSubject}. */
export function briefFacts({ exists, uid }: SubjectFacts): SeenSubject {
  return { exists, ...(uid === undefined ? {} : { uid }) };
}

/**
 * Looks up whom an activity is to act for, by the name that the cluster knows: what its input said of
 * them could be anything. Throws `Conflict` where `expectUid` is given and somebody else has the name.
 */
export async function lookUpSubject(
  target: Target,
  { subject, expectUid }: { readonly subject: Subject; readonly expectUid?: string | undefined },
  signal: AbortSignal,
): Promise<KnownSubject> {
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

/**
 * Throws `SubjectNotFound` for a subject that is not there. People come by logging in: where the target
 * says `grant: before-login`, their name is enough.
 */
export function assertExists({ subject, facts }: KnownSubject, { name, grant }: Target): void {
  if (facts.exists) return;
  assertPossibleUser(subject, name);
  if (subject.kind === 'User' && grant === 'before-login') return;
  throw subjectNotFound(subject, name);
}

/**
 * Throws `SubjectNotFound` for a person without a User whose name no User can have, so that nobody waits. It
 * names the User whom the person may have, where OpenShift makes one of such a name.
 */
export function assertPossibleUser(subject: Subject, target: string): void {
  const why = subject.kind === 'User' ? whyNoUser(subject.name) : undefined;
  if (why === undefined) return;
  const coded = codedUserName(subject.name);
  const hint =
    coded === undefined
      ? 'Check the spelling'
      : `A person whom the identity provider calls that, and for whom it sends no preferred name, gets the User ${coded}: name that one, or check the spelling`;
  const advice = `nobody can ever log in under that name: ${why}. ${hint}`;
  throw subjectNotFound(subject, target, advice);
}

/** There is nobody of that name; `advice` for a person says what else could be done. */
export function subjectNotFound(
  subject: Subject,
  target: string,
  advice = adviceFor(subject),
): PurserError {
  return new PurserError(
    'SubjectNotFound',
    `${formatSubject(subject)} does not exist on ${target}; ${advice}`,
  );
}

function adviceFor(subject: Subject): string {
  switch (subject.kind) {
    case 'User':
      return 'nobody has logged in under that name, and its setting `grant: after-login` gives nothing to a mere name';
    case 'Group':
      return 'check the spelling, or sync the group from its provider first';
    case 'ServiceAccount':
      return `create it first (oc create serviceaccount ${subject.name} -n ${subject.namespace})`;
  }
}
