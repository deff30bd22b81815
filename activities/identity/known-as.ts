import type { IdentitySource } from '../../src/cluster/identity-config.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';

/**
 * The subject by the name that the cluster knows it by. With an external issuer that is the issuer's
 * name with the configured prefix, and RBAC goes by it; elsewhere it is the subject as it was given.
 */
export function knownAs(source: IdentitySource, subject: Subject): Subject {
  // OpenShift takes one issuer at most.
  const issuer = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (issuer === undefined || subject.kind === 'ServiceAccount') return subject;
  return { ...subject, name: clusterNameOf(issuer, subject) };
}

/**
 * Every name that the subject may have been granted under: as it was asked for, with the prefix that is
 * configured today, and without it.
 */
export function namesOf(source: IdentitySource, subject: Subject): readonly Subject[] {
  const issuer = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (issuer === undefined || subject.kind === 'ServiceAccount') return [subject];
  const prefix = clusterNameOf(issuer, { kind: subject.kind, name: '' });
  const names = [subject.name, clusterNameOf(issuer, subject)];
  if (prefix !== '' && subject.name.startsWith(prefix))
    names.push(subject.name.slice(prefix.length));
  return [...new Set(names)].filter((name) => name !== '').map((name) => ({ ...subject, name }));
}
