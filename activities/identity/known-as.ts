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
