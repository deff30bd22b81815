import { objectSchema } from '../../rest/object.ts';
import { z } from 'zod';

export const tagSpecSchema = z.looseObject({
  name: z.string(),
  from: z
    .looseObject({ kind: z.string(), name: z.string(), namespace: z.string().optional() })
    .nullish(),
  generation: z.int().nullish(),
});

const tagStatusSchema = z.looseObject({
  tag: z.string(),
  items: z
    .array(
      z.looseObject({
        created: z.string().optional(),
        dockerImageReference: z.string().default(''),
        image: z.string().default(''),
        generation: z.int().default(1),
      }),
    )
    .nullish()
    .transform((items) => items ?? []),
});

function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

export const imageStreamSchema = objectSchema.extend({
  spec: z
    .looseObject({
      lookupPolicy: z.looseObject({ local: z.boolean().default(false) }).prefault({}),
      tags: listOf(tagSpecSchema),
    })
    .prefault({}),
  status: z
    .looseObject({ dockerImageRepository: z.string().default(''), tags: listOf(tagStatusSchema) })
    .prefault({}),
});

export type ImageStream = z.output<typeof imageStreamSchema>;

export type TagStatus = z.output<typeof tagStatusSchema>;
