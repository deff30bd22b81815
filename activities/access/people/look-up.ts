import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import { findSubject, servesUsers } from '../../../src/openshift/subjects.ts';
import type { SubjectFacts } from '../../../src/openshift/subjects.ts';
import { codedUserName } from '../../../src/openshift/users/accounts.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { formatSubject, userNameProblem } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Target } from '../../target.ts';

/** A subject as the cluster knows it now. */
export interface KnownSubject {
  readonly subject: Subject;
  readonly facts: SubjectFacts;
  /** Whether the cluster keeps User and Group objects, so that a missing object means something. */
  readonly hasUsers: boolean;
}

/**
 * What the history of a workflow holds about a subject: its uid, but none of the lists that grow with
 * a directory. An activity that needs the groups looks them up.
 */
export type SeenSubject = Pick<SubjectFacts, 'exists' | 'uid'>;

/** See {@link SeenSubject}. */
export function briefFacts({ exists, uid }: SubjectFacts): SeenSubject {
  return { exists, ...(uid === undefined ? {} : { uid }) };
}

/**
 * Looks up the subject of an activity, by the name that the cluster knows: what the input says about
 * it is not trusted. Throws `Conflict` if `expectUid` is given and another subject has the name now.
 */
export async function lookUpSubject(
  target: Target,
  { subject, expectUid }: { readonly subject: Subject; readonly expectUid?: string | undefined },
  signal: AbortSignal,
): Promise<KnownSubject> {
  const { cluster } = target;
  const source = await readIdentitySource(cluster, signal);
  // With an external issuer there are no User objects. The operator removes their API only later.
  const hasUsers = source.kind !== 'oidc' && (await servesUsers(cluster, signal));
  const facts = await findSubject(cluster, subject, hasUsers, signal);
  if (expectUid !== undefined && facts.uid !== expectUid) {
    throw new PurserError(
      'Conflict',
      `${formatSubject(subject)} on ${target.name} is not who it was when this was decided: its uid was ${expectUid}, and ${facts.uid === undefined ? 'it is gone' : `is ${facts.uid} now`}. ` +
        'The name may belong to another person now: find out who it is, then start again',
    );
  }
  return { subject, facts, hasUsers };
}

/**
 * Throws `SubjectNotFound` for a subject that does not exist. A person exists from the first login on; if
 * the target has `grant: before-login`, the name is enough.
 */
export function assertExists({ subject, facts }: KnownSubject, { name, grant }: Target): void {
  if (facts.exists) return;
  assertPossibleUser(subject, name);
  if (subject.kind === 'User' && grant === 'before-login') return;
  throw subjectNotFound(subject, name);
}

/**
 * Throws `SubjectNotFound` for a name that no User can have, so that no onboarding waits for it. The
 * message names the User that OpenShift may make for such a person.
 */
export function assertPossibleUser(subject: Subject, target: string): void {
  const why = subject.kind === 'User' ? userNameProblem(subject.name) : undefined;
  if (why === undefined) return;
  const coded = codedUserName(subject.name);
  const hint =
    coded === undefined
      ? 'Check the spelling'
      : `If the identity provider uses that name and sends no preferred name, the person gets the User ${coded}. Name that User, or check the spelling`;
  const advice = `no login is possible under that name: ${why}. ${hint}`;
  throw subjectNotFound(subject, target, advice);
}

/** No subject has that name; `advice` says what to do. */
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
      return 'no person has logged in under that name, and its setting `grant: after-login` grants nothing to a mere name';
    case 'Group':
      return 'check the spelling, or sync the group from its provider first';
    case 'ServiceAccount':
      return `create it first (oc create serviceaccount ${subject.name} -n ${subject.namespace})`;
  }
}
