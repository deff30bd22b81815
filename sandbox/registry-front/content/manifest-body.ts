import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { refusal } from '../wire/errors.ts';

const descriptor = z.object({
  digest: z.string(),
  size: z.number(),
  mediaType: z.string().default(''),
});

const platform = z.object({
  architecture: z.string().default(''),
  os: z.string().default(''),
  variant: z.string().default(''),
});

/** The parts of a manifest that an Image object needs; the backend decides whether the manifest is valid. */
const manifestSchema = z.object({
  mediaType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).default([]),
  manifests: z.array(descriptor.extend({ platform: platform.optional() })).default([]),
});

export interface PushedManifest {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
  /** Undefined if it cannot be read. */
  readonly content: z.infer<typeof manifestSchema> | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** Reads a pushed manifest; Refusal MANIFEST_INVALID above 4 MiB (openshift-facts.md 1.8). */
export async function readManifest(request: IncomingMessage): Promise<PushedManifest> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Read to the end: destroying the request would close the connection before the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) {
      throw refusal('MANIFEST_INVALID', { detail: 'http: request body too large' });
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const mediaType = request.headers['content-type'] ?? '';
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { bytes, digest, mediaType, content: parse(bytes) };
}

function parse(bytes: Buffer): PushedManifest['content'] {
  try {
    return manifestSchema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
