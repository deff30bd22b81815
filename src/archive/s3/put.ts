import { setTimeout as sleep } from 'node:timers/promises';
import { PurserError } from '../../domain/errors.ts';
import type { S3 } from './client.ts';
import { isConflict, isTaken, statusOf } from './failure.ts';

const TRIES_AT_MOST = 6;
const WAIT_AT_MOST_MS = 200;

/** Where an object is. */
export interface At {
  readonly Bucket: string;
  readonly Key: string;
}

/** On what an object is written: that there is none (`*`), or that it is still as it was read. */
export type WriteCondition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

/**
 * Writes an object whole. Throws `NotConfigured` where what answers is no S3 store: each tells the ETag of what
 * it has kept, and a page to log in answers 200 as well.
 */
export async function putText(
  { client, sdk }: S3,
  at: At,
  text: string,
  condition?: WriteCondition,
): Promise<void> {
  const { ETag } = await client.send(new sdk.PutObjectCommand({ ...at, ...condition, Body: text }));
  assertKept(ETag);
}

/** {@link putText}, of what was told of an object that was written. */
export function assertKept(tag: string | undefined): void {
  if (tag === undefined || tag === '')
    throw noStore('says that it has kept an object, and no ETag');
}

/** Something has answered, and not as a store does. */
export function noStore(said: string): PurserError {
  return new PurserError(
    'NotConfigured',
    `archive: what answers ${said}: it is no S3 store, or something stands in front of it; check archive.s3.endpoint`,
  );
}

/**
 * Writes an object that must not be there yet; false where it is. A store that answers 409 has another write
 * of the same object under way, of which it is not known yet whether it comes to anything
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html): it is looked at, and tried again.
 */
export async function putNewText(s3: S3, at: At, text: string): Promise<boolean> {
  for (let left = TRIES_AT_MOST; ; left -= 1) {
    try {
      await putText(s3, at, text, { IfNoneMatch: '*' });
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      if (!isConflict(error)) throw error;
      if (await isThere(s3, at)) return false;
      if (left === 1) throw error;
    }
    await sleep(Math.random() * WAIT_AT_MOST_MS);
  }
}

async function isThere({ client, sdk }: S3, at: At): Promise<boolean> {
  try {
    await client.send(new sdk.HeadObjectCommand(at));
    return true;
  } catch (error) {
    // No store says its code to HEAD.
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
