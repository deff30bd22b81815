import { z } from 'zod';
import type { KubeObject } from './kube-object.ts';

export interface Discovery {
  /** The path of the collection that an object belongs to; rejects while its kind is not served. */
  readonly collectionOf: (object: KubeObject) => Promise<string>;
}

/** Finds the path of a kind by the server's discovery, once for each group and version. */
export function createDiscovery(
  server: string,
  get: (path: string) => Promise<unknown>,
): Discovery {
  const known = new Map<string, ReadonlyMap<string, Resource>>();
  return {
    collectionOf: async ({ apiVersion, kind, metadata }) => {
      const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      // A kind that was missing before may have been added by a new definition.
      const resource = known.get(prefix)?.get(kind) ?? (await discover(prefix, kind));
      if (resource === undefined) {
        throw new Error(
          `Tried to find kind ${kind} in ${prefix} of ${server}; it is not served there`,
        );
      }
      const namespace = encodeURIComponent(metadata.namespace ?? 'default');
      return `${prefix}${resource.namespaced ? `/namespaces/${namespace}` : ''}/${resource.name}`;
    },
  };

  async function discover(prefix: string, kind: string): Promise<Resource | undefined> {
    const list = resourceList.safeParse(await get(prefix)).data?.resources ?? [];
    const whole = list.filter(({ name }) => !name.includes('/'));
    known.set(prefix, new Map(whole.map((resource) => [resource.kind, resource])));
    return known.get(prefix)?.get(kind);
  }
}

const resourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
type Resource = z.infer<typeof resourceList>['resources'][number];
