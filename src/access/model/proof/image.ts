import { z } from 'zod';
import { namespaceSchema } from '../../../domain/subject.ts';

// The grammar of the distribution specification, for a project, a stream and a tag.
const IMAGE =
  /^(?:(?<namespace>[a-z0-9-]{1,63})\/)?(?<stream>[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*):(?<tag>\w[\w.-]{0,127})$/;

/** An image to prove a pull with, `NAME:TAG` or `NAMESPACE/NAME:TAG`. */
export const imageSchema = z
  .string()
  .max(400, { error: 'must have at most 400 characters' })
  .regex(IMAGE, { error: 'is no image; write NAME:TAG, or NAMESPACE/NAME:TAG' })
  .refine((text) => {
    const { namespace } = IMAGE.exec(text)?.groups ?? {};
    return namespace === undefined || namespaceSchema.safeParse(namespace).success;
  });

/** Reads what {@link imageSchema} takes. Throws a RangeError for anything else. */
export function parseImage(text: string): {
  readonly namespace?: string;
  readonly stream: string;
  readonly tag: string;
} {
  const { namespace, stream, tag } = IMAGE.exec(text)?.groups ?? {};
  if (stream === undefined || tag === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is no image`);
  }
  return { ...(namespace === undefined ? {} : { namespace }), stream, tag };
}
