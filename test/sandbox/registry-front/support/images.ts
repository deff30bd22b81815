import { createHash, randomBytes } from 'node:crypto';
import type { RegistryResponse, RegistryRequest, Environment } from './environment.ts';

export const SCHEMA2 = 'application/vnd.docker.distribution.manifest.v2+json';
export const OCI = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

export interface TestImage {
  readonly manifest: Buffer;
  readonly digest: string;
  readonly mediaType: string;
  readonly blobs: readonly { readonly bytes: Buffer; readonly digest: string }[];
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image with one config and one layer, of random bytes, so that tests do not share blobs. */
export function makeImage(mediaType: string = SCHEMA2): TestImage {
  const layer = randomBytes(130);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const docker = mediaType === SCHEMA2;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: {
        mediaType: docker
          ? 'application/vnd.docker.container.image.v1+json'
          : 'application/vnd.oci.image.config.v1+json',
        size: config.length,
        digest: digestOf(config),
      },
      layers: [
        {
          mediaType: docker
            ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
            : 'application/vnd.oci.image.layer.v1.tar+gzip',
          size: layer.length,
          digest: digestOf(layer),
        },
      ],
    }),
  );
  const blobs = [config, layer].map((bytes) => ({ bytes, digest: digestOf(bytes) }));
  return { manifest, digest: digestOf(manifest), mediaType, blobs };
}

type As = NonNullable<RegistryRequest['as']>;

/** POST, PATCH, PUT as podman sends them. Returns the answers in order, fewer if one failed. */
export async function pushBlob(
  env: Environment,
  repository: string,
  as: As,
  blob: TestImage['blobs'][number],
): Promise<readonly RegistryResponse[]> {
  const path = `/v2/${repository}/blobs/uploads/`;
  const started = await env.ask({ method: 'POST', path, as });
  if (started.status !== 202) {
    return [started];
  }
  const patched = await env.ask({
    method: 'PATCH',
    path: String(started.headers['location']),
    as,
    headers: { 'Content-Type': 'application/octet-stream' },
    body: blob.bytes,
  });
  if (patched.status !== 202) {
    return [started, patched];
  }
  const location = new URL(String(patched.headers['location']));
  location.searchParams.set('digest', blob.digest);
  const ended = await env.ask({ method: 'PUT', path: String(location), as });
  return [started, patched, ended];
}

export function putManifest(
  env: Environment,
  as: As,
  place: { readonly repository: string; readonly reference: string },
  image: Pick<TestImage, 'manifest' | 'mediaType'>,
): Promise<RegistryResponse> {
  return env.ask({
    method: 'PUT',
    path: `/v2/${place.repository}/manifests/${place.reference}`,
    as,
    headers: { 'Content-Type': image.mediaType },
    body: image.manifest,
  });
}

/** Pushes the blobs, then the manifest under the reference; returns the manifest's answer. */
export async function pushImage(
  env: Environment,
  as: As,
  place: { readonly repository: string; readonly reference: string },
  image: TestImage = makeImage(),
): Promise<RegistryResponse> {
  for (const blob of image.blobs) {
    const last = (await pushBlob(env, place.repository, as, blob)).at(-1);
    if (last === undefined || last.status !== 201) {
      throw new Error(`blob ${blob.digest}: ${last?.status} ${last?.text}`);
    }
  }
  return putManifest(env, as, place, image);
}
