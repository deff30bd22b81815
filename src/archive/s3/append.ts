import { setTimeout as sleep } from 'node:timers/promises';
import type { S3 } from './client.ts';
import { isConflict, isMissing, isTaken } from './failure.ts';
import { putText } from './put.ts';
import type { At, Condition } from './put.ts';

const TRIES_AT_MOST = 12;
const WAIT_AT_MOST_MS = 100;

/**
 * Adds a line to a text. S3 cannot append: the object is read and written anew, only if it is still
 * as it was read; where somebody else was faster it is read again.
 */
export async function addToText(s3: S3, at: At, line: string): Promise<void> {
  for (let left = TRIES_AT_MOST; ; left -= 1) {
    const { text, tag } = await readText(s3, at);
    if (text === `${line}\n` || text.endsWith(`\n${line}\n`)) return;
    const isCut = text !== '' && !text.endsWith('\n');
    const condition: Condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag };
    try {
      await putText(s3, at, `${text}${isCut ? '\n' : ''}${line}\n`, condition);
      return;
    } catch (error) {
      const isDeleted = tag !== undefined && isMissing(error);
      const isRace = isTaken(error) || isConflict(error) || isDeleted;
      if (!isRace || left === 0) throw error;
      await sleep(Math.random() * WAIT_AT_MOST_MS);
    }
  }
}

async function readText(
  { client, sdk }: Pick<S3, 'client' | 'sdk'>,
  at: At,
): Promise<{ readonly text: string; readonly tag: string | undefined }> {
  try {
    const { Body, ETag } = await client.send(new sdk.GetObjectCommand(at));
    return { text: (await Body?.transformToString('utf8')) ?? '', tag: ETag };
  } catch (error) {
    if (isMissing(error)) return { text: '', tag: undefined };
    throw error;
  }
}
