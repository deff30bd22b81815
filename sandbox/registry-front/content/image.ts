import { z } from 'zod';
import type { PushedManifest } from './manifest-body.ts';

const configSchema = z.object({
  created: z.string().optional(),
  architecture: z.string().optional(),
  os: z.string().optional(),
  author: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
});

/** The service's host name, which image references inside the cluster use. */
const INTERNAL_REGISTRY = 'image-registry.openshift-image-registry.svc:5000';

/**
 * The Image object of a pushed manifest (openshift-facts.md 4.10). `config` is the config blob as parsed
 * JSON, undefined for an index or if it cannot be read. Sizes in bytes.
 */
export function imageOf(name: string, manifest: PushedManifest, config: unknown): unknown {
  const { content, digest, mediaType } = manifest;
  const layers = content?.layers ?? [];
  const children = content?.manifests ?? [];
  return {
    metadata: {
      name: digest,
      annotations: {
        'openshift.io/image.managed': 'true',
        'image.openshift.io/manifestBlobStored': 'true',
        'image.openshift.io/dockerLayersOrder': 'ascending',
      },
    },
    dockerImageReference: `${INTERNAL_REGISTRY}/${name}@${digest}`,
    dockerImageManifestMediaType: mediaType,
    dockerImageLayers: layers.map((layer) => ({
      name: layer.digest,
      size: layer.size,
      mediaType: layer.mediaType,
    })),
    ...(children.length === 0 ? {} : { dockerImageManifests: children.map(childOf) }),
    ...(content?.config === undefined
      ? {}
      : {
          dockerImageMetadata: metadataOf(content.config, layers, config),
          dockerImageMetadataVersion: '1.0',
        }),
  };
}

type Content = NonNullable<PushedManifest['content']>;

function childOf(child: Content['manifests'][number]) {
  return {
    digest: child.digest,
    mediaType: child.mediaType,
    manifestSize: child.size,
    architecture: child.platform?.architecture ?? '',
    os: child.platform?.os ?? '',
    variant: child.platform?.variant ?? '',
  };
}

function metadataOf(
  config: NonNullable<Content['config']>,
  layers: Content['layers'],
  parsed: unknown,
) {
  const known = configSchema.safeParse(parsed).data ?? {};
  const unique = new Map(layers.map(({ digest, size }) => [digest, size]));
  return {
    kind: 'DockerImage',
    apiVersion: 'image.openshift.io/1.0',
    Id: config.digest,
    Size: [...unique.values()].reduce((sum, size) => sum + size, config.size),
    ...(known.created === undefined ? {} : { Created: known.created }),
    ...(known.architecture === undefined ? {} : { Architecture: known.architecture }),
    ...(known.os === undefined ? {} : { Os: known.os }),
    ...(known.author === undefined ? {} : { Author: known.author }),
    ...(known.config === undefined ? {} : { Config: known.config }),
  };
}
