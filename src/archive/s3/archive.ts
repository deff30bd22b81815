import type { Bucket } from './bucket.ts';
import { Readable } from 'node:stream';
import type { Archive, ArchiveEntry } from '../archive.ts';
import { traceContent } from '../content.ts';
import { addToText } from './append.ts';
import { connectS3 } from './client.ts';
import type { S3 } from './client.ts';
import { findCredentials } from './credentials.ts';
import { withS3Errors, isMissingObject } from './failure.ts';
import { assertStored, notS3Error, putNewText, putText } from './put.ts';
import type { ObjectKey } from './put.ts';

// Each part is held in memory until it is sent. The limit of 10,000 parts makes 80 GB, more than any bundle.
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/**
 * An archive in a bucket. An object appears whole or not at all. The credentials are those that the
 * AWS SDK finds by itself (environment, profile, web identity, instance): Purser's settings hold none.
 */
// oxlint-disable-next-line max-lines-per-function -- one line for each thing that an archive can do
export function createS3Archive(bucket: Bucket): Archive {
  const { bucket: Bucket, prefix } = bucket;
  const inside = prefix === undefined ? '' : `${prefix}/`;
  const place = `s3://${Bucket}${prefix === undefined ? '' : `/${prefix}`}`;
  let connected: Promise<S3> | undefined;
  const connecting = async (): Promise<S3> => {
    try {
      return await (connected ??= connectS3(bucket));
    } catch (error) {
      // The CA's file may exist at the next try.
      connected = undefined;
      throw error;
    }
  };
  let hadCredentials = false;
  const act = <T>(tried: string, run: (s3: S3) => Promise<T>): Promise<T> =>
    withS3Errors(place, tried, async () => {
      const s3 = await connecting();
      await findCredentials(s3, { place, hadCredentials });
      hadCredentials = true;
      return run(s3);
    });
  const keyOf = (key: string) => {
    const isFine = key.split('/').every((part) => !['', '.', '..'].includes(part));
    if (isFine) return `${inside}${key}`;
    throw new RangeError(`the archive key ${JSON.stringify(key)} leads out of the archive`);
  };

  return {
    place,
    put: async (key, text) => {
      const Key = keyOf(key);
      await act(`store ${key}`, (s3) => putText(s3, { Bucket, Key }, text));
      return `${place}/${key}`;
    },
    putNew: async (key, text) => {
      const Key = keyOf(key);
      return act(`store ${key}`, (s3) => putNewText(s3, { Bucket, Key }, text));
    },
    write: async (key, content, signal) => {
      signal.throwIfAborted();
      const Key = keyOf(key);
      const traced = traceContent(content);
      try {
        await act(`store ${key}`, (s3) => upload(s3, { Bucket, Key }, traced.content, signal));
      } catch (error) {
        signal.throwIfAborted();
        throw traced.blame(error);
      }
      return `${place}/${key}`;
    },
    append: async (key, line) => {
      if (/[\r\n]/.test(line))
        throw new RangeError('a line of the archive must not hold a line break');
      const Key = keyOf(key);
      await act(`add a line to ${key}`, (s3) => addToText(s3, { Bucket, Key }, line));
    },
    read: async (key, signal) => {
      const Key = keyOf(key);
      return act(`read ${key}`, ({ client, sdk }) =>
        readObject({ client, sdk }, { Bucket, Key }, signal),
      );
    },
    async *list(wanted, signal) {
      let token: string | undefined;
      do {
        const page = await act(`list ${wanted}`, ({ client, sdk }) => {
          const Prefix = `${inside}${wanted}`;
          const asked = {
            Bucket,
            Prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          };
          return client.send(new sdk.ListObjectsV2Command(asked), { abortSignal: signal });
        });
        const { Name, KeyCount } = page;
        if (Name === undefined && KeyCount === undefined) throw notS3Error('lists no bucket');
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
          yield entry(Key.slice(inside.length), Size, LastModified);
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
    remove: async (key, signal) => {
      const Key = keyOf(key);
      await act(`delete ${key}`, ({ client, sdk }) =>
        client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), { abortSignal: signal }),
      );
    },
    sweep: (wanted, before, signal) =>
      act(`look for unfinished uploads to ${wanted}`, (s3) =>
        abortUploads(s3, { Bucket, Prefix: `${inside}${wanted}` }, before, signal),
      ),
  };
}

async function upload(
  { client, Upload }: S3,
  at: ObjectKey,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const Body = Readable.from(content, { objectMode: false });
  const sending = new Upload({
    client,
    params: { ...at, Body },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
    // The parts of a failed upload would stay, unseen and paid for.
    leavePartsOnError: false,
  });
  const abort = () => void sending.abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const { ETag } = await sending.done();
    assertStored(ETag);
  } finally {
    signal.removeEventListener('abort', abort);
    Body.destroy();
  }
}

async function readObject(
  { client, sdk }: Pick<S3, 'client' | 'sdk'>,
  at: ObjectKey,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  try {
    const { Body } = await client.send(new sdk.GetObjectCommand(at), { abortSignal: signal });
    return Body instanceof Readable ? Body : undefined;
  } catch (error) {
    if (isMissingObject(error)) return undefined;
    throw error;
  }
}

async function abortUploads(
  { client, sdk }: S3,
  at: { readonly Bucket: string; readonly Prefix: string },
  before: number,
  signal: AbortSignal,
): Promise<number> {
  const found = await client.send(new sdk.ListMultipartUploadsCommand(at), { abortSignal: signal });
  const old = (found.Uploads ?? []).filter(({ Initiated }) => (Initiated?.getTime() ?? 0) < before);
  for (const { Key, UploadId } of old) {
    const unfinished = { Bucket: at.Bucket, Key, UploadId };
    await client.send(new sdk.AbortMultipartUploadCommand(unfinished), { abortSignal: signal });
  }
  return old.length;
}

function entry(key: string, bytes: number, modified: Date | undefined): ArchiveEntry {
  return { key, bytes, modifiedAt: (modified ?? new Date(0)).toISOString() };
}
