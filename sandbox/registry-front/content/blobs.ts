import { pipeline, Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { backendError, pickHeaders } from './backend.ts';
import type { BackendAnswer } from './backend.ts';
import { errorReply, refusal } from '../wire/errors.ts';
import type { Authorised, FrontServices } from '../wire/handling.ts';
import { timed } from '../telemetry/metrics.ts';
import { emptyReply } from '../wire/reply.ts';
import type { Reply } from '../wire/reply.ts';

interface BlobName {
  readonly name: string;
  readonly digest: string;
}

const ASKED = ['range', 'if-none-match', 'if-range'] as const;
const ANSWERED = [
  'Accept-Ranges',
  'Cache-Control',
  'Content-Length',
  'Content-Range',
  'Content-Type',
  'Docker-Content-Digest',
  'Etag',
];

/** GET and HEAD of a blob, streamed; the backend decides what is linked in the repository. */
export async function getBlob(
  services: FrontServices,
  exchange: Authorised,
  { name, digest }: BlobName,
): Promise<Reply> {
  const { metrics, faults, memory } = services;
  if (!isBlobDigest(digest)) {
    const printed = 'invalid checksum digest length';
    throw refusal('DIGEST_INVALID', { detail: {}, printed });
  }
  metrics.digestSeen(name, digest);
  const redirect = exchange.method === 'GET' ? faults.current.redirectBlobs : undefined;
  const answer = await timed(metrics, 'BlobStore.Stat', () =>
    ask(services, exchange, {
      name,
      digest,
      method: redirect === undefined ? exchange.method : 'HEAD',
    }),
  );
  metrics.cacheAsked(answer.statusCode === 404 ? 'Miss' : 'Hit');
  if (answer.statusCode === 416) {
    return unsatisfiable(answer);
  }
  if (answer.statusCode === 404 || memory.pruned.has(digest)) {
    metrics.pulledThrough('Miss');
    await noteMissingStream(services, exchange, { name, digest });
    return missing(answer, digest);
  }
  if (answer.statusCode >= 400) {
    return backendError(answer);
  }
  return timed(metrics, 'BlobStore.ServeBlob', async () => {
    const headers = pickHeaders(answer, ANSWERED);
    if (redirect !== undefined || exchange.method === 'HEAD' || answer.statusCode === 304) {
      await answer.body.dump();
      return redirect === undefined
        ? emptyReply(answer.statusCode, headers)
        : redirected(redirect, digest);
    }
    const body = faults.current.wrongDigest === true ? altered(answer.body) : answer.body;
    return { status: answer.statusCode, headers, body };
  });
}

function ask(
  { backend }: FrontServices,
  { request, signal }: Authorised,
  { name, digest, method }: BlobName & { readonly method: string },
): Promise<BackendAnswer> {
  const headers: Record<string, string> = {};
  for (const header of ASKED) {
    const value = request.headers[header];
    if (value !== undefined) {
      headers[header] = String(value);
    }
  }
  return backend.request({
    method: method === 'HEAD' ? 'HEAD' : 'GET',
    path: `/v2/${name}/blobs/${digest}`,
    headers,
    signal,
    storage: [
      'StorageDriver.GetContent',
      'StorageDriver.Stat',
      ...(method === 'HEAD' ? [] : ['StorageDriver.Reader']),
    ],
  });
}

function isBlobDigest(digest: string): boolean {
  return /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(digest);
}

/** Go's http.ServeContent. */
async function unsatisfiable(answer: BackendAnswer): Promise<Reply> {
  return {
    status: 416,
    headers: {
      'X-Content-Type-Options': 'nosniff',
      ...pickHeaders(answer, ['Content-Range', 'Content-Type', 'Docker-Content-Digest']),
    },
    body: await answer.body.text(),
  };
}

/** For a blob that exists, requested in a stream that does not: the log has a line with the user. */
async function noteMissingStream(
  { streams, memory }: FrontServices,
  { signal, caller }: Authorised,
  { name, digest }: BlobName,
): Promise<void> {
  if (memory.committed.has(digest) && (await streams.get(name, signal)) === undefined) {
    const [, stream = ''] = name.split('/');
    caller.error(
      `imageStream.HasBlob: failed to get image stream layers: ImageStreamGetter:NotFound: ${name}: imagestreams.image.openshift.io "${stream}" not found`,
    );
  }
}

async function missing(answer: BackendAnswer, digest: string): Promise<Reply> {
  // HEAD answers have no body to pass on, but the log and the byte counts need its length.
  await answer.body.dump();
  return errorReply('BLOB_UNKNOWN', { detail: digest });
}

/** The redirect to object storage; S3 would sign the URL, the front keeps the query short. */
function redirected(base: string, digest: string): Reply {
  const hex = digest.split(':')[1] ?? '';
  const path = `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  const location = `${base.replace(/\/$/, '')}${path}`;
  return {
    status: 307,
    headers: { 'Content-Type': 'text/html; charset=utf-8', Location: location },
    body: `<a href="${location}">Temporary Redirect</a>.\n\n`,
  };
}

/** The first byte flipped, the length unchanged: what a damaged disk would return. */
function altered(body: Readable): Readable {
  let first = true;
  const flip = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = first ? Buffer.from(chunk) : chunk;
      if (first && bytes.length > 0) {
        bytes.writeUInt8(bytes.readUInt8(0) ^ 0xff, 0);
        first = false;
      }
      done(null, bytes);
    },
  });
  // An error on either side reaches the reader: pipeline destroys the other side.
  return pipeline(body, flip, () => undefined);
}

/** DELETE of a blob's link, for callers who may delete images. */
export async function deleteBlob(
  { backend, metrics }: FrontServices,
  { signal }: Authorised,
  { name, digest }: BlobName,
): Promise<Reply> {
  return timed(metrics, 'BlobStore.Delete', async () => {
    const answer = await backend.request({
      method: 'DELETE',
      path: `/v2/${name}/blobs/${digest}`,
      signal,
      storage: ['StorageDriver.Delete'],
    });
    if (answer.statusCode !== 202) {
      return backendError(answer);
    }
    await answer.body.dump();
    return emptyReply(202);
  });
}

/**
 * DELETE /admin/blobs: 204 whether the blob exists or not, read-only or not (openshift-facts.md 1.8). The
 * backend cannot delete by digest alone, so the blob is hidden until it is pushed again or the front
 * restarts.
 */
export async function pruneBlob({ memory }: FrontServices, digest: string): Promise<Reply> {
  memory.pruned.add(digest);
  return emptyReply(204);
}
