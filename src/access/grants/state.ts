import type { Access } from '../model/access.ts';
import { anything } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';
import { placePath } from './bindings.ts';
import type { Maker, GrantState } from '../../kubernetes/labels.ts';
import { ANNOTATIONS, LABELS } from '../../kubernetes/labels.ts';

/** What came of the proof of a grant. */
export type Proved = Exclude<GrantState, 'pending'>;

/**
 * What is to be said on a binding, as annotations; undefined where nothing is. A run speaks of what it
 * made itself. Of what it found in place it says that the access was found good by it, if this
 * installation made it, and never takes back a better word; everybody else's bindings are left alone.
 */
export function marksFor(
  { metadata }: Binding,
  { madeBy, installation }: Maker,
  state: Proved,
): Readonly<Record<string, string>> | undefined {
  if (metadata.labels?.[LABELS.installation] !== installation) return undefined;
  const before = metadata.annotations ?? {};
  if (before[ANNOTATIONS.madeBy] === madeBy) return { [ANNOTATIONS.state]: state };
  const better = before[ANNOTATIONS.state] === 'proven' ? 'proven' : state;
  return { [ANNOTATIONS.state]: better, [ANNOTATIONS.confirmedBy]: madeBy };
}

/**
 * Sets annotations of a binding, and nothing else, with a JSON merge patch. It holds for the binding as
 * it was read: uid and resourceVersion are preconditions (the API server answers 409 otherwise).
 */
export async function markGrant(
  cluster: Cluster,
  { metadata }: Binding,
  { access, marks }: { readonly access: Access; readonly marks: Readonly<Record<string, string>> },
  signal?: AbortSignal,
): Promise<void> {
  const foreign = Object.keys(marks).find((key) => !key.startsWith('purser.dev/'));
  if (foreign !== undefined) throw new RangeError(`${foreign} is no annotation of Purser's`);
  const { uid, resourceVersion } = metadata;
  await cluster.call(anything, {
    method: 'PATCH',
    path: placePath(access.namespace, metadata.name),
    body: { metadata: { uid, resourceVersion, annotations: marks } },
    signal,
  });
}
