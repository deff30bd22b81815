import type { TagStatus } from './image-stream.ts';
import type { ImageStream } from './image-stream.ts';
import { imageStreamSchema } from './image-stream.ts';
import type { Cluster } from '../../cluster.ts';
import type { Store } from '../../store.ts';
import { nameOf } from '../../rest/object.ts';
import type { KubeObject, NamespacedName } from '../../rest/object.ts';
import { ApiError, forbidden, invalidValue, notFound } from '../../rest/status.ts';
import type { Cause, Subject } from '../../rest/status.ts';
import { layersOf } from './image-stream-layers.ts';
import type { Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

const NAME = /^[a-z0-9]+(?:(?:[._]|__|-*)[a-z0-9]+)*$/;
const QUOTA = 'openshift.io/imagestreams';

/** The registry's host names, for the references in streams. */
export interface RegistryHosts {
  readonly internal: string;
  readonly external?: string | undefined;
}

export const imageStreamSubject: Subject = {
  group: 'image.openshift.io',
  plural: 'imagestreams',
  kind: 'ImageStream',
};

/** ImageStreams, their status and their layers (openshift-facts.md 4.10). */
export function imageStreams(store: Store, cluster: Cluster, hosts: RegistryHosts): Resource {
  const definition = {
    ...imageStreamSubject,
    singular: 'imagestream',
    namespaced: true,
    shortNames: ['is'],
    schema: imageStreamSchema,
    nameFaults: (name: string) => (NAME.test(name) ? [] : [`must match "${NAME.source}"`]),
    validate: nameCauses,
    admit: async (stream: ImageStream) => await admit(store, cluster, stream),
    present: (stream: ImageStream) => shown(withHosts(stream, hosts)),
  };
  const stored = storedResource(store, {
    ...definition,
    // A client writes the spec; status belongs to the subresource and to the mappings.
    prepare: (stream, old) => ({
      ...stream,
      metadata: { generation: 1, ...stream.metadata },
      status: old?.status ?? { dockerImageRepository: '', tags: [] },
    }),
  });
  const status = storedResource(store, {
    ...definition,
    prepare: (stream, old) => ({ ...stream, spec: old?.spec ?? stream.spec }),
  });
  return {
    ...stored,
    subresources: {
      status: {
        kind: 'ImageStream',
        get: async (ref) => await stored.get(ref),
        update: async (ref, modification, context) =>
          await status.update(ref, modification, context),
      },
      layers: {
        kind: 'ImageStreamLayers',
        get: async (ref) => await layersOf(store, await findStream(store, ref)),
      },
    },
  };
}

/** The stream as stored; throws a 404 if there is none. */
export async function findStream(store: Store, ref: NamespacedName): Promise<ImageStream> {
  const [found] = await store.read([{ resource: imageStreamSubject.plural, ...ref }]);
  if (found === undefined) {
    throw notFound(imageStreamSubject, ref.name);
  }
  return imageStreamSchema.parse(found);
}

/** Throws what OpenShift's admission answers for a namespace that is missing (404) or terminating (403). */
export async function requireNamespace(
  cluster: Cluster,
  subject: Subject,
  { name, namespace = '' }: NamespacedName,
): Promise<void> {
  const state = await cluster.namespaceState(namespace);
  if (state === 'missing') {
    throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
  }
  if (state === 'terminating') {
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(subject, name, why);
  }
}

/** Adds a tag event, newest first; the same image again changes nothing. */
export function withTagEvent(
  stream: ImageStream,
  tag: string,
  event: TagStatus['items'][number],
): ImageStream {
  const known = stream.status.tags.find((one) => one.tag === tag);
  const newest = known?.items[0];
  if (newest?.image === event.image && newest.dockerImageReference === event.dockerImageReference) {
    return stream;
  }
  const pushed: TagStatus = { ...known, tag, items: [event, ...(known?.items ?? [])] };
  const tags = [...stream.status.tags.filter((one) => one.tag !== tag), pushed];
  return { ...stream, status: { ...stream.status, tags } };
}

/** As Go writes it: no `tags` if the spec has none. */
function shown({ spec: { tags, ...spec }, ...stream }: ImageStream): KubeObject {
  return { ...stream, spec: { ...spec, ...(tags.length > 0 && { tags }) } };
}

function withHosts(stream: ImageStream, { internal, external }: RegistryHosts): ImageStream {
  const path = `${stream.metadata.namespace ?? ''}/${nameOf(stream)}`;
  return {
    ...stream,
    status: {
      ...stream.status,
      dockerImageRepository: `${internal}/${path}`,
      ...(external !== undefined && { publicDockerImageRepository: `${external}/${path}` }),
    },
  };
}

async function admit(store: Store, cluster: Cluster, stream: ImageStream): Promise<void> {
  const { name = '', namespace = '' } = stream.metadata;
  await requireNamespace(cluster, imageStreamSubject, { name, namespace });
  for (const quota of await cluster.quotas(namespace)) {
    const hard = quota.hard[QUOTA];
    const used = hard === undefined ? 0 : await store.count(imageStreamSubject.plural, namespace);
    if (hard !== undefined && used >= Number(hard)) {
      throw new ApiError(
        403,
        'Forbidden',
        `imagestreams.image.openshift.io "${name}" is forbidden: exceeded quota: ${quota.name}, requested: ${QUOTA}=1, used: ${QUOTA}=${used}, limited: ${QUOTA}=${hard}`,
        { name, group: imageStreamSubject.group, kind: imageStreamSubject.plural },
      );
    }
  }
}

function nameCauses({ metadata, spec }: ImageStream): Cause[] {
  const { name = '', namespace = '' } = metadata;
  const tooLong =
    `${namespace}/${name}`.length > 255
      ? [
          invalidValue(
            'metadata.name',
            name,
            "'namespace/name' cannot be longer than 255 characters",
          ),
        ]
      : [];
  const badTags = spec.tags
    .filter(({ name: tag }) => !/^\w[\w.-]{0,127}$/.test(tag))
    .map(({ name: tag }) => invalidValue('spec.tags', tag, 'must be a valid tag'));
  return [...tooLong, ...badTags];
}
