import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Cluster } from '../../cluster.ts';
import type { Change, Store } from '../../store.ts';
import { nameOf, objectSchema, timestamp } from '../../rest/object.ts';
import { invalid, notFound, required, success } from '../../rest/status.ts';
import { imageStreamSchema } from './image-stream.ts';
import { requireNamespace, withTagEvent } from './image-streams.ts';
import type { ImageStream } from './image-stream.ts';
import type { RegistryHosts } from './image-streams.ts';
import { imageSchema } from './images.ts';
import type { Resource } from '../resource.ts';
import { modifiedMeanwhile, parse } from '../lifecycle.ts';

const WRITE_ATTEMPTS = 10;

const mappingSchema = objectSchema.extend({
  image: imageSchema.prefault({}),
  tag: z.string().default(''),
});

type Mapping = z.output<typeof mappingSchema>;

const kind = {
  group: 'image.openshift.io',
  plural: 'imagestreammappings',
  kind: 'ImageStreamMapping',
  schema: mappingSchema,
};

/**
 * The registry posts this after a push: the image and the stream's tag event, in one transaction. If the
 * stream is missing, the 404 names the MAPPING; from that the registry knows that it must create the
 * stream (openshift-facts.md 1.8).
 */
export function imageStreamMappings(
  store: Store,
  cluster: Cluster,
  hosts: RegistryHosts,
): Resource {
  return {
    ...kind,
    singular: 'imagestreammapping',
    namespaced: true,
    fields: [],
    fieldsOf: () => ({}),
    async create(body, { namespace = '', dryRun, admit }) {
      const mapping = parse(kind, body);
      const name = nameOf(mapping);
      await requireNamespace(cluster, kind, { name, namespace });
      refuseInvalid(mapping);
      await admit({ object: mapping });
      for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt += 1) {
        const changes = await changesFor(store, mapping, namespace, hosts);
        if (dryRun || changes.length === 0 || (await store.write(changes)) !== undefined) {
          return success;
        }
      }
      throw modifiedMeanwhile(kind, name);
    },
  };
}

async function changesFor(
  store: Store,
  { metadata, image, tag }: Mapping,
  namespace: string,
  hosts: RegistryHosts,
): Promise<Change[]> {
  const { name = '' } = metadata;
  const digest = nameOf(image);
  const [stream, known] = await store.read([
    { resource: 'imagestreams', namespace, name },
    { resource: 'images', name: digest },
  ]);
  if (stream === undefined) {
    throw notFound(kind, name);
  }
  const before = imageStreamSchema.parse(stream);
  const dockerImageReference = `${hosts.internal}/${namespace}/${name}@${digest}`;
  const after = withTagEvent(before, tag === '' ? 'latest' : tag, {
    created: timestamp(),
    dockerImageReference,
    image: digest,
    generation: before.metadata.generation ?? 1,
  });
  const created = {
    dockerImageReference,
    ...image,
    kind: 'Image',
    apiVersion: 'image.openshift.io/v1',
    metadata: { ...image.metadata, uid: randomUUID(), creationTimestamp: timestamp() },
  };
  return [
    ...(known === undefined ? [{ create: created, resource: 'images' }] : []),
    ...changed(before, after),
  ];
}

function changed(before: ImageStream, after: ImageStream): Change[] {
  return before === after ? [] : [{ update: after, resource: 'imagestreams' }];
}

function refuseInvalid(mapping: Mapping): void {
  const causes = [
    ...(nameOf(mapping) === '' ? [required('metadata.name')] : []),
    ...(nameOf(mapping.image) === '' ? [required('image.metadata.name')] : []),
  ];
  if (causes.length > 0) {
    throw invalid(kind, nameOf(mapping), causes);
  }
}
