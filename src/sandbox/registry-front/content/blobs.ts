import { pipeline, Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { backendError, pickHeaders } from './backend.ts';
import type { BackendAnswer } from './backend.ts';
import { errorReply } from '../wire/errors.ts';
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
export const getBlob = async (
  means: Means,
  exchange: Authorised,
  { name, digest }: Named,
): Promise<Reply> => {
  const { metrics, faults } = means;
  metrics.digestSeen(name, digest);
  const redirect = exchange.method === 'GET' ? faults.current.redirectBlobs : undefined;
  const answer = await timed(metrics, 'BlobStore.Stat', () =>
    ask(means, exchange, {
      name,
      digest,
      method: redirect === undefined ? exchange.method : 'HEAD',
    }),
  );
  if (answer.statusCode >= 400) {
    metrics.pulledThrough('Miss');
    return answer.statusCode === 404 ? missing(answer, digest) : backendError(answer);
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
};

const ask = (
  { backend }: Means,
  { request, signal }: Authorised,
  { name, digest, method }: Named & { readonly method: string },
): Promise<BackendAnswer> => {
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
    storage: ['StorageDriver.Stat', ...(method === 'HEAD' ? [] : ['StorageDriver.Reader'])],
  });
};

const missing = async (answer: BackendAnswer, digest: string): Promise<Reply> => {
  // HEAD answers have no body to pass on, but the log and the counted bytes want one.
  await answer.body.dump();
  return errorReply('BLOB_UNKNOWN', { detail: digest });
};

/** Object storage's place for it: the front keeps the query short where S3 would sign. */
const redirected = (base: string, digest: string): Reply => {
  const hex = digest.split(':')[1] ?? '';
  const place = `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  const location = `${base.replace(/\/$/, '')}${place}`;
  return {
    status: 307,
    headers: { 'Content-Type': 'text/html; charset=utf-8', Location: location },
    body: `<a href="${location}">Temporary Redirect</a>.\n\n`,
  };
};

/** The first byte flipped, the length kept: what a rotten disk would serve. */
const altered = (body: Readable): Readable => {
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
};

/** DELETE of a blob's link, for those who may delete images. */
export const deleteBlob = async (
  { backend, metrics }: Means,
  { signal }: Authorised,
  { name, digest }: Named,
): Promise<Reply> =>
  timed(metrics, 'BlobStore.Delete', async () => {
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
