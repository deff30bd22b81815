import { z } from 'zod';
import { anything, path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { metadataSchema } from '../kubernetes/api/objects.ts';

const IMAGES = ['apis', 'image.openshift.io', 'v1'] as const;
const STREAMS_AT_MOST = '50';

const streamSchema = z.object({
  metadata: metadataSchema,
  status: z
    .object({
      dockerImageRepository: z.string().optional(),
      tags: z
        .array(
          z.object({
            tag: z.string(),
            items: z.array(z.object({ dockerImageReference: z.string() })).nullish(),
          }),
        )
        .nullish(),
    })
    .optional(),
});

/** An image by its stream and tag. */
export interface ImageName {
  readonly stream: string;
  readonly tag: string;
}

/**
 * Images that the registry itself holds, at most `atMost`, of as many streams as possible. Only pushed images
 * count: an imported one would be fetched from another registry (pull-through, openshift-facts.md 1.9).
 */
export async function findPushedImages(
  cluster: Cluster,
  namespace: string,
  atMost: number,
  signal?: AbortSignal,
): Promise<readonly ImageName[]> {
  const at = path(...IMAGES, 'namespaces', namespace, 'imagestreams');
  const list = z.object({ items: z.array(streamSchema).nullish() });
  const query = { limit: STREAMS_AT_MOST };
  const { items } = await cluster.call(list, { method: 'GET', path: at, query, signal });
  const pushed = (items ?? []).map(pushedTags);
  // One of each stream first: a fault of one image often affects the others of its stream.
  const first = pushed.flatMap((tags) => tags.slice(0, 1));
  const others = pushed.flatMap((tags) => tags.slice(1));
  return [...first, ...others].slice(0, atMost);
}

function pushedTags({ metadata, status }: z.infer<typeof streamSchema>): readonly ImageName[] {
  const own = status?.dockerImageRepository;
  if (own === undefined) return [];
  return (status?.tags ?? [])
    .filter(({ items }) => items?.[0]?.dockerImageReference.startsWith(own) === true)
    .map(({ tag }) => ({ stream: metadata.name, tag }));
}

/** Deletes an image stream with all its tags, if it is there. */
export async function deleteStream(
  cluster: Cluster,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const at = path(...IMAGES, 'namespaces', namespace, 'imagestreams', name);
  await cluster.find(anything, { method: 'DELETE', path: at, signal });
}
