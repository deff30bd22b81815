import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ObjectList, WatchEvent } from '../resources/resource.ts';
import { ApiError } from './status.ts';

/** Without `timeoutSeconds` a watch ends after half an hour, and clients open the next. */
const LONGEST_WATCH_SECONDS = 1_800;

/** A watch request, and the source of its objects. */
export interface WatchRequest {
  readonly response: ServerResponse;
  readonly url: URL;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
  /** The kind that bookmarks must bear. */
  readonly kind: { readonly kind: string; readonly apiVersion: string };
  readonly list: () => Promise<ObjectList>;
  readonly watch: (after: string, until: AbortSignal) => AsyncIterable<WatchEvent>;
}

/**
 * Streams a Kubernetes watch, one JSON event a line, from `resourceVersion` on. It begins with the present
 * objects if `resourceVersion` is absent or 0, or with `sendInitialEvents`. Returns when the client has
 * gone, the time is up or the server stops; a compacted revision is an ERROR event with a 410.
 */
export async function answerWatch(request: WatchRequest): Promise<void> {
  const { response, url, signal } = request;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const seconds = Number(url.searchParams.get('timeoutSeconds') ?? '0') || LONGEST_WATCH_SECONDS;
  const until = AbortSignal.any([signal, gone.signal, AbortSignal.timeout(seconds * 1_000)]);
  const send: Send = async (event) => {
    if (!response.write(`${JSON.stringify(event)}\n`)) {
      await once(response, 'drain', { signal: until });
    }
  };
  try {
    await stream(request, until, send);
  } catch (error) {
    if (!until.aborted) {
      throw error;
    }
  } finally {
    gone.abort();
  }
  response.end();
}

type Send = (event: object) => Promise<void>;

async function stream(request: WatchRequest, until: AbortSignal, send: Send): Promise<void> {
  const { response, url } = request;
  const requested = url.searchParams.get('resourceVersion') ?? '';
  const initial = url.searchParams.get('sendInitialEvents') === 'true';
  const first = initial || ['', '0'].includes(requested) ? await request.list() : undefined;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const object of first?.items ?? []) {
    await send({ type: 'ADDED', object });
  }
  const after = first?.revision ?? requested;
  if (initial) {
    await send(bookmark(request, after, { 'k8s.io/initial-events-end': 'true' }));
  }
  await follow(request, { after, until, send });
}

async function follow(
  request: WatchRequest,
  { after, until, send }: { after: string; until: AbortSignal; send: Send },
): Promise<void> {
  const bookmarks = request.url.searchParams.get('allowWatchBookmarks') === 'true';
  for await (const event of request.watch(after, until)) {
    if (event.type === 'COMPACTED') {
      await send({ type: 'ERROR', object: expired(after).status });
      return;
    }
    if (event.type !== 'PROGRESS') {
      await send(event);
    } else if (bookmarks) {
      await send(bookmark(request, event.revision));
    }
  }
}

function bookmark(
  { kind }: WatchRequest,
  resourceVersion: string,
  annotations?: Readonly<Record<string, string>>,
): object {
  const metadata = {
    resourceVersion,
    creationTimestamp: null,
    ...(annotations && { annotations }),
  };
  return { type: 'BOOKMARK', object: { ...kind, metadata } };
}

function expired(resourceVersion: string): ApiError {
  return new ApiError(
    410,
    'Expired',
    `too old resource version: ${resourceVersion}; list again and watch from there`,
  );
}
