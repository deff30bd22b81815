import { withRevision } from '../../store.ts';
import type { Store } from '../../store.ts';
import { objectSchema } from '../../rest/object.ts';
import type { KubeObject, NamespacedName } from '../../rest/object.ts';
import * as status from '../../rest/status.ts';
import { findStream, withTagEvent } from './image-streams.ts';
import { imageStreamSchema, tagSpecSchema } from './image-stream.ts';
import type { ImageStream, TagStatus } from './image-stream.ts';
import { imageSchema } from './images.ts';
import type { Context, Resource } from '../resource.ts';
import { modifiedMeanwhile, parse } from '../lifecycle.ts';

const WRITE_ATTEMPTS = 5;

const tagSchema = objectSchema.extend({ tag: tagSpecSchema.partial({ name: true }).nullish() });

const kind = {
  group: 'image.openshift.io',
  plural: 'imagestreamtags',
  kind: 'ImageStreamTag',
  schema: tagSchema,
};

/**
 * `stream:tag`, a view of an ImageStream; its DELETE removes the tag from spec and status
 * (openshift-facts.md 4.10, 10.3).
 */
export function imageStreamTags(store: Store): Resource {
  const change = async <T>(ref: NamespacedName, context: Context, edit: Edit<T>): Promise<T> =>
    await changed({ store, ref, context }, edit);

  return {
    ...kind,
    singular: 'imagestreamtag',
    namespaced: true,
    shortNames: ['istag'],
    fields: [],
    fieldsOf: () => ({}),

    async get(ref) {
      const { stream: name, tag } = split(ref.name);
      return await shown(store, await findStream(store, { ...ref, name }), tag);
    },

    async list({ namespace, match }) {
      const { items, revision } = await store.list('imagestreams', namespace);
      const tags = await Promise.all(
        items
          .map((item) => imageStreamSchema.parse(item))
          .flatMap((stream) => tagNames(stream).map((tag) => shown(store, stream, tag))),
      );
      return { items: tags.filter(match), revision };
    },

    async create(body, context) {
      const { namespace } = context;
      const { metadata, tag: spec } = parse(kind, body);
      const ref = { name: metadata.name ?? '', namespace };
      const { tag } = split(ref.name);
      const from = spec?.from;
      if (!from) {
        throw status.badRequest('an image stream tag is made with tag.from: {kind, name}');
      }
      return await change(ref, context, async (stream) => {
        if (tagNames(stream).includes(tag)) {
          throw status.alreadyExists(kind, ref.name);
        }
        const tags = [...stream.spec.tags, { ...spec, name: tag }];
        const named = { ...stream, spec: { ...stream.spec, tags } };
        const event = await eventFrom(store, from, namespace);
        const next = event === undefined ? named : withTagEvent(named, tag, event);
        const result = async (written: ImageStream) => await shown(store, written, tag);
        await context.admit({ object: await result(next) });
        return { next, result };
      });
    },

    remove: async (ref, _preconditions, context) =>
      await change(ref, context, async (stream) => {
        const { tag } = split(ref.name);
        if (!tagNames(stream).includes(tag)) {
          throw status.notFound(kind, ref.name);
        }
        await context.admit({ old: await shown(store, stream, tag) });
        return { next: withoutTag(stream, tag), result: async () => status.success };
      }),
  };
}

type Edit<T> = (stream: ImageStream) => Promise<{
  readonly next: ImageStream;
  readonly result: (written: ImageStream) => Promise<T>;
}>;

async function changed<T>(
  { store, ref, context }: { store: Store; ref: NamespacedName; context: Context },
  edit: Edit<T>,
): Promise<T> {
  const { stream: name } = split(ref.name);
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt += 1) {
    const stream = await findStream(store, { ...ref, name });
    const { next, result } = await edit(stream);
    const revision = context.dryRun
      ? ''
      : await store.write([{ update: next, resource: 'imagestreams' }]);
    if (revision !== undefined) {
      return await result(revision === '' ? next : withRevision(next, revision));
    }
  }
  throw modifiedMeanwhile(kind, ref.name);
}

function split(name: string): { stream: string; tag: string } {
  const [stream, tag, ...rest] = name.split(':');
  if (!stream || !tag || rest.length > 0) {
    throw status.badRequest(
      `image stream tag names must be of the form <stream>:<tag>, got ${JSON.stringify(name)}`,
    );
  }
  return { stream, tag };
}

function tagNames({ spec, status: { tags } }: ImageStream): string[] {
  return [...new Set([...spec.tags.map(({ name }) => name), ...tags.map(({ tag }) => tag)])];
}

function withoutTag(stream: ImageStream, tag: string): ImageStream {
  const { spec, status: reached } = stream;
  return {
    ...stream,
    spec: { ...spec, tags: spec.tags.filter(({ name }) => name !== tag) },
    status: { ...reached, tags: reached.tags.filter((one) => one.tag !== tag) },
  };
}

async function shown(store: Store, stream: ImageStream, tag: string): Promise<KubeObject> {
  const newest = stream.status.tags.find((one) => one.tag === tag)?.items[0];
  const spec = stream.spec.tags.find(({ name }) => name === tag);
  const { name = '', namespace, uid, resourceVersion, creationTimestamp } = stream.metadata;
  if (newest === undefined && spec === undefined) {
    throw status.notFound(kind, `${name}:${tag}`);
  }
  const base = {
    kind: kind.kind,
    apiVersion: `${kind.group}/v1`,
    metadata: { name: `${name}:${tag}`, namespace, uid, resourceVersion, creationTimestamp },
    tag: spec ?? null,
    generation: 1,
    lookupPolicy: { local: false },
    image: { metadata: { name: '', creationTimestamp: null } },
  };
  return newest === undefined ? base : await withImage(store, base, newest);
}

async function withImage(store: Store, base: KubeObject, newest: TagStatus['items'][number]) {
  const { created, generation, dockerImageReference } = newest;
  const [found] = await store.read([{ resource: 'images', name: newest.image }]);
  const image = found
    ? { ...imageSchema.parse(found), dockerImageReference }
    : { metadata: { name: newest.image, creationTimestamp: null } };
  const metadata = { ...base.metadata, ...(created && { creationTimestamp: created }) };
  return { ...base, metadata, generation, image };
}

/**
 * The image that another tag or an image of a stream points to. A DockerImage would need an import, which
 * the sandbox does not do.
 */
async function eventFrom(
  store: Store,
  from: { kind: string; name: string; namespace?: string | undefined },
  own: string | undefined,
) {
  const [, name = '', separator, reference = ''] = /^([^:@]+)([:@])(.+)$/.exec(from.name) ?? [];
  if (from.kind === 'DockerImage') {
    return undefined;
  }
  const { status: reached } = await findStream(store, { name, namespace: from.namespace ?? own });
  const event =
    separator === ':'
      ? reached.tags.find(({ tag }) => tag === reference)?.items[0]
      : reached.tags.flatMap(({ items }) => items).find(({ image }) => image === reference);
  if (event === undefined) {
    throw status.notFound(kind, from.name);
  }
  return event;
}
