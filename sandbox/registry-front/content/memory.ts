import { z } from 'zod';

/** What one front remembers beside the backend's content; lost when it restarts. */
export interface Memory {
  /**
   * Digests of blobs that were uploaded through this front: the backend shows only what one repository
   * holds.
   */
  readonly committed: Set<string>;
  /** Digests that were deleted by /admin/blobs, until they are pushed again. */
  readonly pruned: Set<string>;
  /** By the image's digest. */
  readonly signatures: Map<string, Signature[]>;
}

export function createMemory(): Memory {
  return {
    committed: new Set(),
    pruned: new Set(),
    signatures: new Map(),
  };
}

export const signatureSchema = z.object({
  schemaVersion: z.literal(2),
  /** `sha256:<digest>@<name>` */
  name: z.string().regex(/^[^@]+@.+$/),
  type: z.string().default('AtomicImageV1'),
  content: z.base64(),
});

export type Signature = z.infer<typeof signatureSchema>;
