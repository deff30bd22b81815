import { setTimeout as sleep } from 'node:timers/promises';
import type { S3 } from './client.ts';
import { isConflict, isMissingObject, isTaken } from './failure.ts';
import { putText } from './put.ts';
import type { At, WriteCondition } from './put.ts';

const TRIES_AT_MOST = 12;
const WAIT_AT_MOST_MS = 100;

/**
 * Adds a line to a text. S3 cannot append: the object is read and written anew, only if it is still
 * as it was read; where somebody else was faster it is read again.
 */
export async function addToText(s3: S3, at: At, line: string): Promise<void> {
  for (let left = TRIES_AT_MOST; ; left -= 1) {
    const found = await readText(s3, at);
    if (`\n${found.text}`.endsWith(`\n${line}\n`)) return;
    try {
      await addTo(s3, at, { ...found, line });
      return;
    } catch (error) {
      if (!isRace(error, found.tag) || left === 0) throw error;
      await sleep(Math.random() * WAIT_AT_MOST_MS);
    }
  }
}

interface Found {
  readonly text: string;
  readonly tag: string | undefined;
}

async function addTo(
  s3: S3,
  at: At,
  { text, tag, line }: Found & { readonly line: string },
): Promise<void> {
  const isCut = text !== '' && !text.endsWith('\n');
  const condition: WriteCondition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag };
  await putText(s3, at, `${text}${isCut ? '\n' : ''}${line}\n`, condition);
}

/** Somebody else has written the object since it was read, or deleted it. */
function isRace(error: unknown, tag: string | undefined): boolean {
  return isTaken(error) || isConflict(error) || (tag !== undefined && isMissingObject(error));
}

async function readText({ client, sdk }: Pick<S3, 'client' | 'sdk'>, at: At): Promise<Found> {
  try {
    const { Body, ETag } = await client.send(new sdk.GetObjectCommand(at));
    return { text: (await Body?.transformToString('utf8')) ?? '', tag: ETag };
  } catch (error) {
    if (isMissingObject(error)) return { text: '', tag: undefined };
    throw error;
  }
}
