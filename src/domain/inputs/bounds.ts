import { z } from 'zod';

/**
 * Limits of activities' inputs. Temporal refuses inputs of more than 2 MB; these keep one field of an
 * untrusted request from filling it. They are far above what Purser itself writes.
 */
export const ITEMS_AT_MOST = 10_000;
export const TEXT_AT_MOST = 20_000;
export const NAME_AT_MOST = 1_000;

/** A name or an id from outside. */
export const nameSchema = z
  .string()
  .max(NAME_AT_MOST, { error: `must have at most ${NAME_AT_MOST} characters` });

/** A sentence or an error's text. */
export const textSchema = z
  .string()
  .max(TEXT_AT_MOST, { error: `must have at most ${TEXT_AT_MOST} characters` });

/** A list of any items. */
export function listSchema<T extends z.ZodType>(of: T) {
  return z.array(of).max(ITEMS_AT_MOST, { error: `must have at most ${ITEMS_AT_MOST} entries` });
}

/** A value that Purser does not interpret: any JSON of at most `atMost` characters. */
export function opaqueSchema(atMost: number) {
  return z.unknown().refine((value) => (JSON.stringify(value) ?? '').length <= atMost, {
    error: `must have at most ${atMost} characters as JSON`,
  });
}

/** For an activity without input. */
export const nothingSchema = z.undefined({ error: 'takes no input' });
