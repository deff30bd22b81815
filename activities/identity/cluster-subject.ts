import type { IdentitySource } from '../../src/openshift/identity-config.ts';
import { codedUserName, decodedUserName } from '../../src/openshift/users/accounts.ts';
import { makesTypedUser } from '../../src/identity/model/identity-names.ts';
import { userNameProblem } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';

/**
 * The subject under the name that the cluster knows it by. Example: with an external issuer, `alice` may be
 * `https://issuer.test#alice`, because RBAC uses the issuer's name with the configured prefix.
 * OpenShift's OAuth server writes some names in base64: `CORP/alice` becomes `b64:Q09SUC9hbGljZQ`
 * (openshift-facts.md 11.3). All other subjects stay as they were given.
 */
export function clusterSubject(source: IdentitySource, subject: Subject): Subject {
  if (subject.kind === 'ServiceAccount') return subject;
  // OpenShift takes one issuer at most.
  const issuer = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (issuer !== undefined) return { ...subject, name: clusterNameOf(issuer, subject) };
  const coded = writesNames(source) ? codedNameOf(subject) : undefined;
  return coded === undefined ? subject : { ...subject, name: coded };
}

function writesNames(source: IdentitySource): boolean {
  if (source.kind !== 'oauth') return false;
  return source.providers.length === 0 || !source.providers.every(makesTypedUser);
}

/** Why the cluster knows a subject by another name than the requested one. */
export function explainClusterName(source: IdentitySource): string {
  return source.kind === 'oidc'
    ? 'the prefix of its external issuer (Authentication/cluster, claimMappings)'
    : 'OpenShift writes a name with ":" or "/" so';
}

function codedNameOf({ kind, name }: Exclude<Subject, { kind: 'ServiceAccount' }>) {
  return kind === 'User' && userNameProblem(name) !== undefined ? codedUserName(name) : undefined;
}

/**
 * Every name under which the subject may have received a grant. With an external issuer: as given, with the
 * prefix that is configured today, and without it. With OpenShift's OAuth server: as given, and in base64
 * or decoded (see {@link clusterSubject}). An onboarding keeps the name that its request gave, and a
 * request may give either one.
 */
export function namesOf(source: IdentitySource, subject: Subject): readonly Subject[] {
  const issuer = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (subject.kind === 'ServiceAccount') return [subject];
  if (issuer === undefined) return source.kind === 'oauth' ? bothNamesOf(subject) : [subject];
  const prefix = clusterNameOf(issuer, { kind: subject.kind, name: '' });
  const names = [subject.name, clusterNameOf(issuer, subject)];
  if (prefix !== '' && subject.name.startsWith(prefix))
    names.push(subject.name.slice(prefix.length));
  return [...new Set(names)].filter((name) => name !== '').map((name) => ({ ...subject, name }));
}

function bothNamesOf(subject: Exclude<Subject, { kind: 'ServiceAccount' }>): readonly Subject[] {
  const other =
    codedNameOf(subject) ?? (subject.kind === 'User' ? decodedUserName(subject.name) : undefined);
  return other === undefined ? [subject] : [subject, { ...subject, name: other }];
}
