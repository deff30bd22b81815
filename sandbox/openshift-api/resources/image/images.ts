import { z } from 'zod';
import type { Store } from '../../store.ts';
import { objectSchema } from '../../rest/object.ts';
import type { Subject } from '../../rest/status.ts';
import { pathSegmentFaults } from '../names.ts';
import type { Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

export const imageSchema = objectSchema.extend({
  dockerImageReference: z.string().optional(),
  dockerImageMediaType: z.string().optional(),
  dockerImageManifestMediaType: z.string().default(''),
  dockerImageMetadata: z.looseObject({ Id: z.string().optional() }).nullish(),
  dockerImageLayers: z
    .array(
      z.looseObject({
        name: z.string(),
        size: z.number().default(0),
        mediaType: z.string().default(''),
      }),
    )
    .nullish()
    .transform((layers) => layers ?? []),
  dockerImageManifests: z.array(z.looseObject({ digest: z.string() })).nullish(),
});

export type Image = z.output<typeof imageSchema>;

const imageSubject: Subject = {
  group: 'image.openshift.io',
  plural: 'images',
  kind: 'Image',
};

/** Images: cluster-scoped, named by their digest. */
export function images(store: Store): Resource {
  return storedResource(store, {
    ...imageSubject,
    singular: 'image',
    schema: imageSchema,
    nameFaults: pathSegmentFaults,
    validate: () => [],
  });
}
