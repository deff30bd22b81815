import { z } from 'zod';

/** The faults that a test may set. Absent or false means healthy. */
export const faultsSchema = z.strictObject({
  readOnly: z.boolean().optional(),
  unhealthy: z.boolean().optional().describe('503 on every path, openshift-facts.md 1.2'),
  slowMs: z.number().int().min(0).max(600_000).optional(),
  stopped: z.boolean().optional().describe('the port is closed: connections are refused'),
  certificate: z
    .strictObject({ cert: z.string(), key: z.string() })
    .optional()
    .describe('PEM: served to clients that name a host, instead of its own'),
  hang: z.boolean().optional().describe('no answer at all'),
  uploadStatus: z.number().int().min(400).max(599).optional(),
  storageFull: z.boolean().optional(),
  wrongDigest: z.boolean().optional().describe('a blob GET serves altered bytes'),
  tokenRoute: z.literal('broken').optional(),
  realm: z.string().optional().describe('another realm in the challenge'),
  location: z.string().optional().describe('another origin in upload Locations'),
  redirectBlobs: z.url().optional().describe('blob GETs answer 307 to this base, facts 1.7'),
  requestLimit: z.boolean().optional().describe('429, facts 1.9'),
  letThrough: z
    .boolean()
    .optional()
    .describe('simulates a SECURITY BUG: a push passes although the review denies it'),
});

export type Faults = z.infer<typeof faultsSchema>;

/** The faults in force now; a PUT on the control endpoint replaces them all. */
export interface FaultState {
  current: Faults;
}
