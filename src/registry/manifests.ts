import { z } from 'zod';
import type { BlobRef } from './blobs.ts';
import { digestOf, drain, parseJson, readBytes } from './wire/body.ts';
import { corrupted, fronted, misconfigured } from './failure.ts';
import type { RegistryOperation } from './failure.ts';
import { checkReference, DIGEST, pathOf } from './wire/names.ts';
import type { RegistryResponse } from './wire/response.ts';
import type { Caller } from './wire/transport.ts';

/** One blob or manifest that a manifest names. */
export interface Descriptor extends BlobRef {
  readonly mediaType: string;
}

export type ManifestContent =
  | { readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[] }
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] };

export interface ImageManifest {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly mediaType: string;
  readonly content: ManifestContent;
}

export interface NewManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

// The registry's own limit for a manifest (openshift-facts.md 1.8).
const LIMIT = 4 * 1024 * 1024;

const KINDS: Readonly<Record<string, ManifestContent['kind']>> = {
  'application/vnd.oci.image.manifest.v1+json': 'image',
  'application/vnd.docker.distribution.manifest.v2+json': 'image',
  'application/vnd.oci.image.index.v1+json': 'index',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
};

/** See `RegistrySession.getManifest`. Bytes that do not match their digest are `storage`. */
export async function getManifest(
  { origin, call }: Caller,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<ImageManifest> {
  const tried = pathOf({ method: 'GET', origin }, repository, `manifests/${reference}`);
  checkReference(reference, tried);
  // The registry answers 404 for an OCI manifest to a client that does not accept it (openshift-facts.md 1.7).
  const headers = { accept: Object.keys(KINDS).join(', ') };
  const ask = { method: 'GET', path: tried.path, headers, expect: [200], signal } as const;
  return call(ask, async (answer) => {
    const bytes = await readBytes(answer, LIMIT, tried);
    const named = nameOf(answer);
    // The registry names the digest of each manifest that it sends or stores (openshift-facts.md 1.7, 1.8).
    if (named === undefined) throw fronted(tried, '200, but without Docker-Content-Digest');
    const wanted = reference.includes(':') ? reference : named;
    const digest = digestOf(bytes, wanted);
    for (const other of [named, wanted]) compare(other, bytes, tried);
    const mediaType = (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
    return { bytes, digest, mediaType, content: contentOf(mediaType, bytes, tried) };
  });
}

/** See `RegistrySession.putManifest`. */
export async function putManifest(
  { origin, call }: Caller,
  { repository, tag, mediaType, bytes }: NewManifest & { repository: string; tag: string },
  signal: AbortSignal,
): Promise<{ readonly digest: string }> {
  const tried = pathOf({ method: 'PUT', origin }, repository, `manifests/${tag}`);
  checkReference(tag, tried);
  const headers = { 'content-type': mediaType };
  const request = { method: 'PUT', path: tried.path, headers, body: bytes } as const;
  return call({ ...request, expect: [201], signal }, async (answer) => {
    await drain(answer);
    const named = nameOf(answer);
    if (named === undefined) {
      throw fronted(tried, '201, but without Docker-Content-Digest', { status: 201 });
    }
    compare(named, bytes, tried);
    return { digest: named };
  });
}

function nameOf({ headers }: RegistryResponse): string | undefined {
  return [headers['docker-content-digest'] ?? []].flat()[0];
}

function compare(expected: string, bytes: Uint8Array, tried: RegistryOperation): void {
  if (expected === digestOf(bytes, expected)) return;
  throw corrupted(
    tried,
    `the manifest's digest is ${digestOf(bytes, expected)} in place of ${expected.slice(0, 140)}`,
  );
}

function contentOf(
  mediaType: string,
  bytes: Uint8Array,
  tried: RegistryOperation,
): ManifestContent {
  const kind = KINDS[mediaType];
  if (kind === 'image') return { kind, ...parseJson(bytes, Image, tried) };
  if (kind === 'index') return { kind, ...parseJson(bytes, Index, tried) };
  if (!mediaType.startsWith('application/vnd.')) {
    throw fronted(tried, `200, but a manifest of type ${JSON.stringify(mediaType.slice(0, 80))}`);
  }
  throw misconfigured(
    tried,
    `200, but a manifest of type ${JSON.stringify(mediaType.slice(0, 80))}`,
    'Purser reads OCI and Docker schema 2 images: push the image again',
  );
}

const DescriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().regex(DIGEST, 'no digest that Purser can compute'),
  size: z.int().min(0),
});
const Image = z.object({ config: DescriptorSchema, layers: z.array(DescriptorSchema) });
const Index = z.object({ manifests: z.array(DescriptorSchema) });
