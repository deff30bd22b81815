import { z } from 'zod';
import { statusError } from '../cluster.ts';
import type { Cluster } from '../cluster.ts';
import { refusal } from '../wire/errors.ts';

const streamSchema = z.object({
  status: z
    .object({
      tags: z
        .array(
          z.object({
            tag: z.string(),
            items: z
              .array(z.object({ image: z.string(), dockerImageReference: z.string().default('') }))
              .nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

const layersSchema = z.object({
  images: z.record(z.string(), z.object({ manifests: z.array(z.string()).nullish() })).nullish(),
});

/** An image of a stream: its digest, and the repository that has its content. */
export interface StreamImage {
  readonly digest: string;
  readonly repository: string;
}

export interface Stream {
  /** By tag, in the stream's own order; an unsorted one, as Go's map order is. */
  readonly tags: ReadonlyMap<string, StreamImage>;
  /** Every image in the history of every tag, by digest. */
  readonly images: ReadonlyMap<string, StreamImage>;
}

export interface Streams {
  /** Undefined if there is no such stream. Throws a Refusal UNKNOWN if the API fails. */
  readonly get: (name: string, signal: AbortSignal) => Promise<Stream | undefined>;
  /** The image in the history or below an index of it; undefined if it isn't the stream's. */
  readonly find: (
    name: string,
    digest: string,
    signal: AbortSignal,
  ) => Promise<StreamImage | undefined | 'no stream'>;
}

/** Image streams define the tags; they are read with the registry's own token at every request. */
export function createStreams(cluster: Cluster): Streams {
  const get: Streams['get'] = async (name, signal) => {
    const answer = await cluster.get(streamPath(name), 'registry', signal);
    if (answer.status === 404) {
      return undefined;
    }
    if (answer.status >= 300) {
      throw refusal('UNKNOWN', { detail: {}, printed: statusError(answer).message });
    }
    return indexed(name, answer.body);
  };

  const find: Streams['find'] = async (name, digest, signal) => {
    const stream = await get(name, signal);
    const known = stream?.images.get(digest);
    if (stream === undefined || known !== undefined) {
      return stream === undefined ? 'no stream' : known;
    }
    const layers = await cluster.get(`${streamPath(name)}/layers`, 'registry', signal);
    const images = layersSchema.safeParse(layers.body).data?.images ?? {};
    const parent = Object.keys(images).find((image) => images[image]?.manifests?.includes(digest));
    return parent === undefined
      ? undefined
      : { digest, repository: stream.images.get(parent)?.repository ?? name };
  };

  return { get, find };
}

function indexed(name: string, body: unknown): Stream {
  const tags = new Map<string, StreamImage>();
  const images = new Map<string, StreamImage>();
  for (const { tag, items } of streamSchema.parse(body).status?.tags ?? []) {
    for (const [index, { image, dockerImageReference }] of (items ?? []).entries()) {
      const found = { digest: image, repository: repositoryOf(dockerImageReference) ?? name };
      images.set(image, found);
      if (index === 0) {
        tags.set(tag, found);
      }
    }
  }
  return { tags, images };
}

/** `registry/ns/name@digest` → `ns/name`: a tag may point at an image of another stream. */
function repositoryOf(reference: string): string | undefined {
  return /^[^/]+\/([^/@]+\/[^/@]+)@/.exec(reference)?.[1];
}

export function streamsPath(namespace: string): string {
  return `/apis/image.openshift.io/v1/namespaces/${namespace}/imagestreams`;
}

function streamPath(name: string): string {
  const [namespace = '', stream = ''] = name.split('/');
  return `${streamsPath(namespace)}/${stream}`;
}
