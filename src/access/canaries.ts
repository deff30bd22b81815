import { z } from 'zod';
import { anything, path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { isNotFound } from '../kubernetes/api/failure.ts';
import { metadataSchema } from '../kubernetes/api/objects.ts';
import { LABELS } from '../kubernetes/labels.ts';
import { proofMetadata } from '../openshift/tokens.ts';
import type { ProofMark } from '../openshift/tokens.ts';

const IMAGES = ['apis', 'image.openshift.io', 'v1'] as const;

const streamSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ tags: z.array(z.unknown()).nullish() }).nullish(),
  status: z
    .object({
      tags: z
        .array(z.object({ items: z.array(z.object({ image: z.string() })).nullish() }))
        .nullish(),
    })
    .nullish(),
});
type Stream = z.infer<typeof streamSchema>;

/** Where a proof's canary is pushed to, and the one image that it holds. */
export interface Canary extends ProofMark {
  readonly namespace: string;
  /** Digest of the canary's manifest. */
  readonly image: string;
}

/** The name of the stream for a proof's canary. */
export function canaryStream(proof: string): string {
  return `purser-canary-${proof}`;
}

/**
 * Makes the stream before anything is pushed, so that it is marked: one that a push makes by itself
 * has no label, and could not be told from a stranger's. `cluster` is whoever pushes. Throws as any
 * call does; 409 where a stream of that name is there.
 */
export async function makeCanaryStream(
  cluster: Cluster,
  canary: Canary,
  signal?: AbortSignal,
): Promise<void> {
  const body = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: canaryStream(canary.proof), ...proofMetadata(canary) },
  };
  await cluster.call(anything, { method: 'POST', path: streams(canary), body, signal });
}

/**
 * Deletes a proof's canary with its stream, if it is Purser's: by its marks, or, where the registry
 * has made the stream, by its only image. Resolves to false for a stranger's, which stays.
 */
export async function deleteCanary(
  cluster: Cluster,
  canary: Canary,
  signal?: AbortSignal,
): Promise<boolean> {
  const stream = await findCanaryStream(cluster, canary, signal);
  if (stream === undefined) return true;
  if (!isOurs(stream, canary)) return false;
  const { name, uid } = stream.metadata;
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
  try {
    const at = `${streams(canary)}/${name}`;
    await cluster.call(anything, { method: 'DELETE', path: at, body, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return true;
}

/** Whether a stream of the canary's name is there that is not Purser's. */
export async function isInTheWay(
  cluster: Cluster,
  canary: Canary,
  signal?: AbortSignal,
): Promise<boolean> {
  const stream = await findCanaryStream(cluster, canary, signal);
  return stream !== undefined && !isOurs(stream, canary);
}

// By a list of one: Purser holds `list` on streams, and no `get`.
async function findCanaryStream(
  cluster: Cluster,
  canary: Canary,
  signal?: AbortSignal,
): Promise<Stream | undefined> {
  const name = canaryStream(canary.proof);
  const list = z.object({ items: z.array(streamSchema).nullish() });
  const query = { fieldSelector: `metadata.name=${name}` };
  const call = { method: 'GET', path: streams(canary), query, signal } as const;
  // Where the namespace or the whole API is gone, the stream is.
  const found = await cluster.find(list, call);
  return found?.items?.find(({ metadata }) => metadata.name === name);
}

function isOurs(stream: Stream, { proof, installation, image }: Canary): boolean {
  const labels = stream.metadata.labels ?? {};
  if (labels[LABELS.proof] === proof && labels[LABELS.installation] === installation) return true;
  return Object.keys(labels).length === 0 && holdsOnly(stream, image);
}

function holdsOnly({ spec, status }: Stream, image: string): boolean {
  if ((spec?.tags ?? []).length > 0) return false;
  const images = (status?.tags ?? []).flatMap(({ items }) => items ?? []);
  return images.length > 0 && images.every((each) => each.image === image);
}

function streams({ namespace }: Canary): string {
  return path(...IMAGES, 'namespaces', namespace, 'imagestreams');
}
