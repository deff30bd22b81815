import type { IdentitySource } from '../../src/openshift/identity-config.ts';
import { codedUserName, decodedUserName } from '../../src/openshift/users/accounts.ts';
import { makesTypedUser } from '../../src/identity/model/identity-names.ts';
import { whyNoUser } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';

/**
 * The subject by the name that the cluster knows it by. With an external issuer that is the issuer's
 * name with the configured prefix, and RBAC goes by it. Behind OpenShift's OAuth server it is, for whom
 * no User can be called so, the name in base64 that such a person's User gets (openshift-facts.md 11.3).
 * Elsewhere, and where no provider has anybody's name written so, it is the subject as it was given.
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

/** Why the cluster knows a subject by another name than the one that was asked for. */
export function explainClusterName(source: IdentitySource): string {
  return source.kind === 'oidc'
    ? 'the prefix of its external issuer (Authentication/cluster, claimMappings)'
    : 'OpenShift writes a name with ":" or "/" so';
}

function codedNameOf({ kind, name }: Exclude<Subject, { kind: 'ServiceAccount' }>) {
  return kind === 'User' && whyNoUser(name) !== undefined ? codedUserName(name) : undefined;
}

/**
 * Every name that the subject may have been granted under: as it was asked for, with the prefix that is
 * configured today, and without it; or in base64, see {@link clusterSubject}, and out of it: an onboarding is known
 * by the name that it was asked for with, whichever of the two that was.
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
