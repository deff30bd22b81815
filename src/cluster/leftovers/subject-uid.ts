import type { Subject } from '../../domain/subject.ts';
import { path } from '../api/cluster.ts';
import type { Cluster } from '../api/cluster.ts';
import { objectSchema } from '../api/objects.ts';

/** The UID of the object behind a subject as it is now; undefined where there is none. */
export async function subjectUid(
  cluster: Cluster,
  subject: Subject,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const found = await cluster.find(objectSchema, { method: 'GET', path: placeOf(subject), signal });
  return found?.metadata.uid;
}

function placeOf(subject: Subject): string {
  if (subject.kind === 'ServiceAccount') {
    return path('api', 'v1', 'namespaces', subject.namespace, 'serviceaccounts', subject.name);
  }
  const plural = subject.kind === 'User' ? 'users' : 'groups';
  return path('apis', 'user.openshift.io', 'v1', plural, subject.name);
}
