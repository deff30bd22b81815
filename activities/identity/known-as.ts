import { readIdentitySource } from '../../src/cluster/identity-config.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';
import type { Target } from '../target.ts';

/**
 * The subject by the name that the cluster knows it by. With an external issuer that is the issuer's
 * name with the configured prefix, and RBAC goes by it; elsewhere it is the subject as it was given.
 */
export async function knownAs(
  { cluster }: Target,
  subject: Subject,
  signal: AbortSignal,
): Promise<Subject> {
  if (subject.kind === 'ServiceAccount') return subject;
  const source = await readIdentitySource(cluster, signal);
  // OpenShift takes one issuer at most.
  const issuer = source.kind === 'oidc' ? source.providers[0] : undefined;
  return issuer === undefined ? subject : { ...subject, name: clusterNameOf(issuer, subject) };
}
