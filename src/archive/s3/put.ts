import { setTimeout as sleep } from 'node:timers/promises';
import { PurserError } from '../../domain/errors.ts';
import type { S3 } from './client.ts';
import { isConflict, isTaken, statusOf } from './failure.ts';

const TRIES_AT_MOST = 6;
const WAIT_AT_MOST_MS = 200;

/** The location of an object. */
export interface ObjectKey {
  readonly Bucket: string;
  readonly Key: string;
}

/** The condition of a write: the object does not exist (`*`), or has not changed since it was read. */
export type WriteCondition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

/**
 * Writes a whole object. Throws `NotConfigured` if the server is no S3 store. A store answers with the ETag of
 * what it has stored, and a login page also answers 200.
 */
export async function putText(
  { client, sdk }: S3,
  at: ObjectKey,
  text: string,
  condition?: WriteCondition,
): Promise<void> {
  const { ETag } = await client.send(new sdk.PutObjectCommand({ ...at, ...condition, Body: text }));
  assertStored(ETag);
}

/** The check of {@link putText}, for the ETag of an object that was written. */
export function assertStored(tag: string | undefined): void {
  if (tag === undefined || tag === '') throw notS3Error('accepts an object and sends no ETag');
}

/** A server has answered, and not as a store does. */
export function notS3Error(behaviour: string): PurserError {
  return new PurserError(
    'NotConfigured',
    `archive: the server ${behaviour}: it is no S3 store, or something stands in front of it; check archive.s3.endpoint`,
  );
}

/**
 * Writes an object that must not be there yet; false if it is. A 409 says that another write of the same object
 * is under way, which may still fail
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). The store is asked whether
 * the object is there, and the write is tried again.
 */
export async function putNewText(s3: S3, at: ObjectKey, text: string): Promise<boolean> {
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

async function isThere({ client, sdk }: S3, at: ObjectKey): Promise<boolean> {
  try {
    await client.send(new sdk.HeadObjectCommand(at));
    return true;
  } catch (error) {
    // An answer to HEAD has no body, so that it holds no code.
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
