import { z } from 'zod';
import type { Access } from '../model/access.ts';
import { PurserError } from '../../domain/errors.ts';
import { shown } from '../../domain/inputs/shown.ts';
import type { Subject } from '../../domain/subject.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure, isNotFound } from '../../kubernetes/api/failure.ts';
import { bindingSchema } from '../../kubernetes/api/objects.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';
import { bindingPlace, placePath } from './bindings.ts';
import type { Decided } from '../model/grants/revocation.ts';
import { hash } from '../../kubernetes/labels.ts';
import {
  differencesOf,
  isGrant,
  noteOf,
  standsFor,
  subjectsOf,
  describeDifferences,
} from './record.ts';

// What an order to delete takes (decidedSchema). A maker's mark is far shorter, unless somebody else wrote it.
const MAKER_AT_MOST = 2_000;
const MARK_SHOWN_AT_MOST = 300;

// Somebody who writes to a binding again and again must not hold one attempt for ever.
const ATTEMPTS = 5;

const answerSchema = z.object({
  kind: z.string().optional(),
  metadata: z.object({ finalizers: z.array(z.string()).nullish() }).nullish(),
});
type DeleteResponse = z.infer<typeof answerSchema>;

/** What became of a binding that was to be deleted; `left` says why it is not ours any more. */
export type Deletion =
  { readonly is: 'deleted' | 'gone' } | { readonly is: 'not-ours-any-more'; readonly left: string };

/** A binding as it stands now, to be deleted as that. */
export function decidedOf(binding: Binding): Decided {
  const { name, namespace, uid } = binding.metadata;
  const { madeBy } = noteOf(binding);
  return {
    binding: name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(madeBy === undefined ? {} : { madeBy: comparable(madeBy) }),
    stands: hash(JSON.stringify([binding.roleRef.kind, binding.roleRef.name, subjectsOf(binding)])),
  };
}

function comparable(madeBy: string): string {
  return madeBy !== '' && madeBy.length <= MAKER_AT_MOST ? madeBy : `no mark (${hash(madeBy)})`;
}

/**
 * Deletes a binding that was read, if it still gives what was recorded when it was made, and to nobody
 * else; see {@link deleteDecided}.
 */
export async function deleteUnchanged(
  cluster: Cluster,
  binding: Binding,
  grant: { readonly subject: Subject; readonly access: Access },
  signal?: AbortSignal,
): Promise<Deletion> {
  const differs = describeDifferences(differencesOf(binding, grant), grant);
  if (differs !== undefined) return { is: 'not-ours-any-more', left: `it ${differs}` };
  return deleteDecided(cluster, decidedOf(binding), signal);
}

/**
 * Deletes a binding as it was decided. It is read again first, and deleted with uid and
 * resourceVersion as preconditions: where a writer came in between, but uid, maker, role and subjects
 * are the same, it is deleted as it is then. One that was made anew or changed stays, and one that
 * does not carry Purser's label is never deleted.
 */
export async function deleteDecided(
  cluster: Cluster,
  decided: Decided,
  signal?: AbortSignal,
): Promise<Deletion> {
  const at = placePath(decided.namespace, decided.binding);
  for (let left = ATTEMPTS; ; left -= 1) {
    const binding = await cluster.find(bindingSchema, { method: 'GET', path: at, signal });
    if (binding === undefined) return { is: 'gone' };
    const change = changeSince(decided, binding);
    if (change !== undefined) return { is: 'not-ours-any-more', left: change };
    try {
      assertDeleted(await send(cluster, binding, signal), decided);
      return { is: 'deleted' };
    } catch (error) {
      if (isNotFound(error)) return { is: 'gone' };
      const isRace = error instanceof ClusterFailure && error.status === 409;
      if (!isRace || left === 1) throw error;
    }
  }
}

/** What became of a binding that was to be deleted as it was read; `by` names the finalizers. */
export type DeletionAsRead =
  { readonly is: 'deleted' | 'gone' } | { readonly is: 'held'; readonly by: string };

/**
 * Deletes a binding if it is exactly as it was read: uid and resourceVersion are preconditions. Whoever
 * judged that copy has judged what is deleted. Throws a ClusterFailure with 409 where anybody has
 * written to it since, if only an annotation; and a RangeError for a copy without uid or resourceVersion.
 */
export async function deleteAsRead(
  cluster: Cluster,
  binding: Binding,
  signal?: AbortSignal,
): Promise<DeletionAsRead> {
  const { name, uid, resourceVersion } = binding.metadata;
  if (uid === undefined || resourceVersion === undefined) {
    throw new RangeError(`${name} was read without uid or resourceVersion`);
  }
  try {
    const answer = await send(cluster, binding, signal);
    return answer.kind === 'Status' ? { is: 'deleted' } : { is: 'held', by: heldBy(answer) };
  } catch (error) {
    if (isNotFound(error)) return { is: 'gone' };
    throw error;
  }
}

function send(
  cluster: Cluster,
  { metadata }: Binding,
  signal?: AbortSignal,
): Promise<DeleteResponse> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const preconditions = { uid, resourceVersion };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
  const path = placePath(namespace, name);
  return cluster.call(answerSchema, { method: 'DELETE', path, body, signal });
}

// The API answers with a Status where the object is gone, and with the object where a finalizer keeps it.
function assertDeleted(answer: DeleteResponse, { binding, namespace }: Decided): void {
  if (answer.kind === 'Status') return;
  const held = heldBy(answer);
  throw new PurserError(
    'ServerError',
    `${bindingPlace(namespace, binding)} is marked for deletion and still gives its role: finalizers keep it (${held}). Remove them (oc edit); Purser looks again`,
  );
}

function heldBy({ metadata }: DeleteResponse): string {
  const named = metadata?.finalizers?.slice(0, 5).map((each) => shown(each));
  return named?.join(', ') ?? 'unknown';
}

function changeSince(decided: Decided, binding: Binding): string | undefined {
  const now = decidedOf(binding);
  if (!isGrant(binding)) return "it does not carry Purser's marks any more";
  if (now.madeBy !== decided.madeBy)
    return `it was made by ${shown(now.madeBy ?? 'nobody', MARK_SHOWN_AT_MOST)} meanwhile`;
  if (decided.uid !== undefined && now.uid !== decided.uid) {
    return `it was made anew meanwhile (uid ${now.uid}, and ${decided.uid} was to be deleted)`;
  }
  if (now.stands === decided.stands) return undefined;
  return `it was changed meanwhile: it gives ${shown(binding.roleRef.name)} to ${standsFor(binding)} now`;
}
