import { setTimeout as sleep } from 'node:timers/promises';
import type { S3 } from './client.ts';
import { isConflict, isMissingObject, isTaken } from './failure.ts';
import { putText } from './put.ts';
import type { ObjectKey, WriteCondition } from './put.ts';

const TRIES_AT_MOST = 12;
const WAIT_AT_MOST_MS = 100;

/**
 * Adds a line to a text. S3 cannot append: the object is read, and written again on the condition that it has
 * not changed. If another writer was faster, it is read again.
 */
export async function addToText(s3: S3, at: ObjectKey, line: string): Promise<void> {
  for (let left = TRIES_AT_MOST; ; left -= 1) {
    const stored = await readText(s3, at);
    if (`\n${stored.text}`.endsWith(`\n${line}\n`)) return;
    try {
      await writeWithLine(s3, at, { ...stored, line });
      return;
    } catch (error) {
      if (!isWriteConflict(error, stored.tag) || left === 0) throw error;
      await sleep(Math.random() * WAIT_AT_MOST_MS);
    }
  }
}

interface StoredText {
  readonly text: string;
  readonly tag: string | undefined;
}

async function writeWithLine(
  s3: S3,
  at: ObjectKey,
  { text, tag, line }: StoredText & { readonly line: string },
): Promise<void> {
  const isCut = text !== '' && !text.endsWith('\n');
  const condition: WriteCondition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag };
  await putText(s3, at, `${text}${isCut ? '\n' : ''}${line}\n`, condition);
}

/** Whether another writer has changed or deleted the object since it was read. */
function isWriteConflict(error: unknown, tag: string | undefined): boolean {
  return isTaken(error) || isConflict(error) || (tag !== undefined && isMissingObject(error));
}

async function readText(
  { client, sdk }: Pick<S3, 'client' | 'sdk'>,
  at: ObjectKey,
): Promise<StoredText> {
  try {
    const { Body, ETag } = await client.send(new sdk.GetObjectCommand(at));
    return { text: (await Body?.transformToString('utf8')) ?? '', tag: ETag };
  } catch (error) {
    if (isMissingObject(error)) return { text: '', tag: undefined };
    throw error;
  }
}
