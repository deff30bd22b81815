import { pipeline, Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { backendError, pickHeaders } from './backend.ts';
import type { BackendAnswer } from './backend.ts';
import { errorReply, refusal } from '../wire/errors.ts';
import type { Authorised, Means } from '../wire/handling.ts';
import { timed } from '../telemetry/metrics.ts';
import { emptyReply } from '../wire/reply.ts';
import type { Reply } from '../wire/reply.ts';

interface Named {
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
  means: Means,
  exchange: Authorised,
  { name, digest }: Named,
): Promise<Reply> {
  const { metrics, faults, memory } = means;
  if (!isBlobDigest(digest)) {
    const printed = 'invalid checksum digest length';
    throw refusal('DIGEST_INVALID', { detail: {}, printed });
  }
  metrics.digestSeen(name, digest);
  const redirect = exchange.method === 'GET' ? faults.current.redirectBlobs : undefined;
  const answer = await timed(metrics, 'BlobStore.Stat', () =>
    ask(means, exchange, {
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
    await noteMissingStream(means, exchange, { name, digest });
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
  { backend }: Means,
  { request, signal }: Authorised,
  { name, digest, method }: Named & { readonly method: string },
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

/** A blob that the registry has, asked for in a stream that there is not: the log has a line with the user. */
async function noteMissingStream(
  { streams, memory }: Means,
  { signal, caller }: Authorised,
  { name, digest }: Named,
): Promise<void> {
  if (memory.committed.has(digest) && (await streams.get(name, signal)) === undefined) {
    const [, stream = ''] = name.split('/');
    caller.error(
      `imageStream.HasBlob: failed to get image stream layers: ImageStreamGetter:NotFound: ${name}: imagestreams.image.openshift.io "${stream}" not found`,
    );
  }
}

async function missing(answer: BackendAnswer, digest: string): Promise<Reply> {
  // HEAD answers have no body to pass on, but the log and the counted bytes want one.
  await answer.body.dump();
  return errorReply('BLOB_UNKNOWN', { detail: digest });
}

/** Object storage's place for it: the front keeps the query short where S3 would sign. */
function redirected(base: string, digest: string): Reply {
  const hex = digest.split(':')[1] ?? '';
  const place = `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  const location = `${base.replace(/\/$/, '')}${place}`;
  return {
    status: 307,
    headers: { 'Content-Type': 'text/html; charset=utf-8', Location: location },
    body: `<a href="${location}">Temporary Redirect</a>.\n\n`,
  };
}

/** The first byte flipped, the length kept: what a rotten disk would serve. */
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
  // What breaks on either side reaches whoever reads: pipeline destroys the other one.
  return pipeline(body, flip, () => undefined);
}

/** DELETE of a blob's link, for those who may delete images. */
export async function deleteBlob(
  { backend, metrics }: Means,
  { signal }: Authorised,
  { name, digest }: Named,
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
 * DELETE /admin/blobs: 204 whether the blob is there or not, read-only or not (openshift-facts.md 1.8). The backend cannot delete by digest
 * alone, so the blob is hidden until it is pushed again or the front starts anew.
 */
export async function pruneBlob({ memory }: Means, digest: string): Promise<Reply> {
  memory.pruned.add(digest);
  return emptyReply(204);
}
