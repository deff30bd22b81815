import { z } from 'zod';
import { targetSchema } from '../../domain/request.ts';

export const checkHealthRequestSchema = z.strictObject({
  target: targetSchema,
  /** How often the schedule runs it, in milliseconds: a run then notices that others did not happen. */
  everyMs: z.int().min(1_000).optional(),
});

/** Input of the workflow `checkHealth`. */
export type CheckHealthRequest = Readonly<z.infer<typeof checkHealthRequestSchema>>;
