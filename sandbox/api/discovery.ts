import { z } from 'zod';
import type { KubeObject } from './kube-object.ts';

export interface Discovery {
  /** The path of the collection that an object belongs to; rejects while its kind is not served. */
  readonly collectionOf: (object: KubeObject) => Promise<string>;
}

/** Finds kinds by asking the server, once for each group and version that it serves. */
export function createDiscovery(
  server: string,
  get: (path: string) => Promise<unknown>,
): Discovery {
  const known = new Map<string, ReadonlyMap<string, Resource>>();
  return {
    collectionOf: async ({ apiVersion, kind, metadata }) => {
      const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      // What was missing a moment ago may have been added by a definition that was created since.
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
