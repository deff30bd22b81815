import { z } from 'zod';

export interface FakeResponse {
  readonly status: number;
  readonly body: unknown;
}

export interface ImageCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly mayCreate: (namespace: string) => boolean;
  readonly mayList: boolean;
  readonly isRegistry: boolean;
}

interface Item {
  readonly image: string;
  readonly dockerImageReference: string;
}

const imageSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  dockerImageReference: z.string(),
  dockerImageManifests: z.array(z.looseObject({ digest: z.string() })).optional(),
});

const mappingSchema = z.object({
  image: imageSchema,
  tag: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const namedSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

type Image = z.infer<typeof imageSchema>;

/** Image streams, mappings and images of some namespaces, in memory, answering as OpenShift does. */
export function createFakeImages(namespaces: readonly string[]) {
  const streams = new Map<string, Map<string, Item[]>>();
  const images = new Map<string, Image>();

  const streamBody = (key: string): unknown => {
    const [namespace, name] = key.split('/');
    const tags = [...(streams.get(key) ?? [])].map(([tag, items]) => ({ tag, items }));
    return { kind: 'ImageStream', metadata: { namespace, name }, status: { tags } };
  };
  const layersBody = (key: string): unknown => ({
    images: Object.fromEntries(
      [...(streams.get(key) ?? new Map<string, Item[]>()).values()].flat().map(({ image }) => [
        image,
        {
          manifests: images.get(image)?.dockerImageManifests?.map(({ digest }) => digest) ?? null,
        },
      ]),
    ),
  });

  const map = (namespace: string, body: unknown): FakeResponse => {
    const { image, tag, metadata } = mappingSchema.parse(body);
    if (!namespaces.includes(namespace)) {
      return notFound('namespaces', namespace);
    }
    const stream = streams.get(`${namespace}/${metadata.name}`);
    if (stream === undefined) {
      return notFound('imagestreammappings', metadata.name);
    }
    images.set(image.metadata.name, image);
    const item = { image: image.metadata.name, dockerImageReference: image.dockerImageReference };
    stream.set(tag, [item, ...(stream.get(tag) ?? [])]);
    return { status: 201, body: { kind: 'Status', status: 'Success' } };
  };

  const create = (namespace: string, { body, mayCreate }: ImageCall): FakeResponse => {
    const { name } = namedSchema.parse(body).metadata;
    if (namespace === 'over-quota') {
      return failure(
        403,
        'Forbidden',
        `imagestreams "${name}" is forbidden: exceeded quota: streams`,
      );
    }
    if (!mayCreate(namespace)) {
      return failure(403, 'Forbidden', `imagestreams is forbidden in ${namespace}`);
    }
    streams.set(`${namespace}/${name}`, new Map());
    return { status: 201, body };
  };

  const read = (key: string, subresource: string | undefined): FakeResponse => {
    if (!streams.has(key)) {
      return notFound('imagestreams', key.split('/')[1] ?? '');
    }
    return { status: 200, body: subresource === undefined ? streamBody(key) : layersBody(key) };
  };

  const keep = (body: unknown): FakeResponse => {
    const image = imageSchema.parse(body);
    const exists = images.has(image.metadata.name);
    images.set(image.metadata.name, image);
    return exists ? failure(409, 'AlreadyExists', 'there already') : { status: 201, body };
  };

  const ofRegistry = (
    { body }: ImageCall,
    { does, namespace, name, subresource }: ParsedCall,
  ): FakeResponse => {
    switch (does) {
      case 'GET imagestreams':
        return read(`${namespace}/${name}`, subresource);
      case 'POST imagestreammappings':
        return map(namespace, body);
      case 'POST images':
        return keep(body);
      default:
        return failure(501, 'NotImplemented', does);
    }
  };

  const route = (call: ImageCall): FakeResponse => {
    const asked = parseCall(call);
    if (asked.does === 'POST imagestreams') {
      return create(asked.namespace, call);
    }
    if (asked.does === 'GET imagestreams' && asked.name === '') {
      const items = [...streams.keys()].map(streamBody);
      return call.mayList ? { status: 200, body: { items } } : failure(403, 'Forbidden', 'list');
    }
    return call.isRegistry
      ? ofRegistry(call, asked)
      : failure(403, 'Forbidden', `${asked.does} is the registry's own`);
  };

  return { streams, images, route };
}

interface ParsedCall {
  readonly does: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string | undefined;
}

const PREFIX = '/apis/image.openshift.io/v1/';

function parseCall({ method, path }: ImageCall): ParsedCall {
  const parts = path.slice(PREFIX.length).split('/');
  const [namespace = '', resource = '', name = '', subresource] =
    parts[0] === 'namespaces' ? parts.slice(1) : ['', ...parts];
  return { does: `${method} ${resource}`, namespace, name, subresource };
}

function failure(code: number, reason: string, message: string): FakeResponse {
  return {
    status: code,
    body: { kind: 'Status', status: 'Failure', code, reason, message },
  };
}

function notFound(kind: string, name: string): FakeResponse {
  return {
    status: 404,
    body: {
      kind: 'Status',
      status: 'Failure',
      code: 404,
      reason: 'NotFound',
      message: `${kind} "${name}" not found`,
      details: { kind, name },
    },
  };
}
