import type { Store } from '../../store.ts';
import type { KubeObject } from '../../rest/object.ts';
import type { ImageStream } from './image-stream.ts';
import { imageSchema } from './images.ts';
import type { Image } from './images.ts';

/** The blobs and images of a stream: what its repository holds, and the object that pull rights are about (facts 4.10). */
export async function layersOf(store: Store, stream: ImageStream): Promise<KubeObject> {
  const digests = [
    ...new Set(stream.status.tags.flatMap(({ items }) => items.map(({ image }) => image))),
  ];
  const found =
    digests.length === 0
      ? []
      : await store.read(digests.map((name) => ({ resource: 'images', name })));
  const entries = digests.map((digest, index) => {
    const image = found[index];
    return { digest, image: image && imageSchema.parse(image) };
  });
  const { name, namespace, uid, resourceVersion } = stream.metadata;
  return {
    kind: 'ImageStreamLayers',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp: null },
    blobs: Object.fromEntries(entries.flatMap(({ digest, image }) => blobsOf(digest, image))),
    images: Object.fromEntries(entries.map(({ digest, image }) => [digest, referencesOf(image)])),
  };
}

/** The layers, and the manifest, whose size is not stored. */
function blobsOf(digest: string, image: Image | undefined): [string, object][] {
  if (image === undefined) {
    return [];
  }
  const { dockerImageLayers: layers, dockerImageManifestMediaType: mediaType } = image;
  return [
    ...layers.map(({ name, size, ...layer }): [string, object] => [
      name,
      { size, mediaType: layer.mediaType },
    ]),
    [digest, { size: null, mediaType }],
  ];
}

function referencesOf(image: Image | undefined): object {
  if (image === undefined) {
    return { layers: null, imageMissing: true };
  }
  const { dockerImageLayers: layers } = image;
  const config = image.dockerImageMetadata?.Id;
  const manifests = image.dockerImageManifests?.map(({ digest }) => digest);
  return {
    layers: layers.length === 0 ? null : layers.map(({ name }) => name),
    ...(config !== undefined && config !== '' && { config }),
    ...(manifests !== undefined && { manifests }),
  };
}
