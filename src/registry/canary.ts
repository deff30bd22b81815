import { gunzipSync } from 'node:zlib';
import { digestOf } from './wire/body.ts';
import type { BlobRef } from './blobs.ts';

/** A blob of the canary with its bytes. */
export interface CanaryBlob extends BlobRef {
  readonly bytes: Uint8Array;
}

// `purser-canary`, a file of one line, in a tar of one file. It is a constant, because gzip's output differs
// from one zlib to the next. The canary must always be the same image: what a push leaves in the
// registry (one Image of 1 kB) stays there until the pruner runs.
const LAYER = Buffer.from(
  'H4sIAAAAAAACA+3RQQrCQAwF0Kx7ilzAEnHoObxC0KEzUGtJMoi3N+1G6F5BzNv8z99kkaWJZjlceGZ5wmeQSylt6fZJNJzefd2PlAYCJPiCpsbi5+E/nbf/o0nNivdmuDQtXnm+ep0mxUe1glaqYr3xmPsOQggh/L4XFpaBxgAIAAA=',
  'base64',
);

const layer = blobOf(LAYER);
const config = blobOf(
  json({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digestOf(gunzipSync(LAYER))] },
  }),
);
const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
const manifest = blobOf(
  json({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...refOf(config) },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...refOf(layer) }],
  }),
);

/**
 * The image that proofs and probes push and pull: constant bytes, less than 1 kB in all. It is Docker's
 * schema 2, which every release of the registry accepts. Its blobs are always uploaded, never mounted.
 */
export const CANARY = { config, layer, manifest: { ...manifest, mediaType } } as const;

function blobOf(bytes: Uint8Array): CanaryBlob {
  return { bytes, digest: digestOf(bytes), size: bytes.length };
}

function refOf({ digest, size }: CanaryBlob): BlobRef {
  return { size, digest };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
