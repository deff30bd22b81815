import { z } from 'zod';

/**
 * Limits of what activities take. Temporal refuses inputs of more than 2 MB; these keep one field of a
 * stranger's request from filling it, and are far above what Purser writes itself.
 */
export const ITEMS_AT_MOST = 10_000;
export const TEXT_AT_MOST = 20_000;
export const NAME_AT_MOST = 1_000;

/** A name or an id of somebody else's making. */
export const nameSchema = z
  .string()
  .max(NAME_AT_MOST, { error: `must have at most ${NAME_AT_MOST} characters` });

/** A sentence or an error's text. */
export const textSchema = z
  .string()
  .max(TEXT_AT_MOST, { error: `must have at most ${TEXT_AT_MOST} characters` });

/** A list of whatever it is. */
export function listSchema<T extends z.ZodType>(of: T) {
  return z.array(of).max(ITEMS_AT_MOST, { error: `must have at most ${ITEMS_AT_MOST} entries` });
}

/** What only its owner understands: any JSON of at most so many characters. */
export function opaqueSchema(atMost: number) {
  return z.unknown().refine((value) => (JSON.stringify(value) ?? '').length <= atMost, {
    error: `must have at most ${atMost} characters as JSON`,
  });
}

/** For an activity that is given nothing. */
export const nothingSchema = z.undefined({ error: 'is given nothing' });
