import { z } from 'zod';
import { anything, path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';
import { metadataSchema } from './api/objects.ts';

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

/**
 * An image that the registry itself holds, as `{stream, tag}`, or undefined: one that was pushed,
 * because an imported one would be fetched from elsewhere (pull-through, openshift-facts.md 1.9).
 */
export async function findPushedImage(
  cluster: Cluster,
  namespace: string,
  signal?: AbortSignal,
): Promise<{ readonly stream: string; readonly tag: string } | undefined> {
  const at = path(...IMAGES, 'namespaces', namespace, 'imagestreams');
  const list = z.object({ items: z.array(streamSchema).nullish() });
  const query = { limit: STREAMS_AT_MOST };
  const { items } = await cluster.call(list, { method: 'GET', path: at, query, signal });
  for (const { metadata, status } of items ?? []) {
    const own = status?.dockerImageRepository;
    const tag = status?.tags?.find(
      (each) => own !== undefined && each.items?.[0]?.dockerImageReference.startsWith(own) === true,
    );
    if (tag !== undefined) return { stream: metadata.name, tag: tag.tag };
  }
  return undefined;
}

/** Deletes an image stream with all its tags; one that is not there is fine. */
export async function deleteStream(
  cluster: Cluster,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const at = path(...IMAGES, 'namespaces', namespace, 'imagestreams', name);
  await cluster.find(anything, { method: 'DELETE', path: at, signal });
}
