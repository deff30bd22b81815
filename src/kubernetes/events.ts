import { z } from 'zod';
import { path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';

const PAGE = '500';

const eventSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().optional() }),
});

const pageSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(eventSchema).nullish(),
});

/** A namespace's events that were made or counted up after an earlier list. */
export interface NewEvents {
  readonly events: readonly z.infer<typeof eventSchema>[];
  /** The value of `after` for the next call. */
  readonly resourceVersion: string;
}

/**
 * Lists a namespace's events; needs `list` on events. `after` is the resource version of an earlier list.
 * Resource versions of one resource grow (promised since Kubernetes 1.35, so with etcd before
 * as well), and each change of an event gets a new one.
 */
export async function listEvents(
  cluster: Cluster,
  { namespace, after }: { readonly namespace: string; readonly after?: string | undefined },
  signal: AbortSignal,
): Promise<NewEvents> {
  const events: NewEvents['events'][number][] = [];
  let resourceVersion = '';
  let next: string | undefined;
  do {
    const page = await cluster.call(pageSchema, {
      method: 'GET',
      path: path('api', 'v1', 'namespaces', namespace, 'events'),
      query: { limit: PAGE, ...(next === undefined ? {} : { continue: next }) },
      signal,
    });
    resourceVersion ||= page.metadata.resourceVersion;
    events.push(...(page.items ?? []).filter((event) => isAfter(event, after)));
    next = page.metadata.continue === '' ? undefined : page.metadata.continue;
  } while (next !== undefined);
  return { events, resourceVersion };
}

function isAfter({ metadata }: z.infer<typeof eventSchema>, after: string | undefined): boolean {
  const { resourceVersion } = metadata;
  if (after === undefined || resourceVersion === undefined) return true;
  if (!/^\d+$/.test(after) || !/^\d+$/.test(resourceVersion)) return true;
  return BigInt(resourceVersion) > BigInt(after);
}
