import { setTimeout as sleep } from 'node:timers/promises';
import type { S3 } from './s3-client.ts';
import { isMissing, isRace } from './s3-failure.ts';

const TRIES_AT_MOST = 12;
const WAIT_AT_MOST_MS = 100;

/**
 * Adds a line to a text. S3 cannot append: the object is read and written anew, only if it is still
 * as it was read; where somebody else was faster it is read again.
 */
export async function addToText(
  { client, sdk }: S3,
  at: { readonly Bucket: string; readonly Key: string },
  line: string,
): Promise<void> {
  for (let left = TRIES_AT_MOST; ; left -= 1) {
    const { text, tag } = await readText({ client, sdk }, at);
    if (text === `${line}\n` || text.endsWith(`\n${line}\n`)) return;
    const isCut = text !== '' && !text.endsWith('\n');
    const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag };
    try {
      const Body = `${text}${isCut ? '\n' : ''}${line}\n`;
      await client.send(new sdk.PutObjectCommand({ ...at, ...condition, Body }));
      return;
    } catch (error) {
      if (!isRace(error) || left === 0) throw error;
      await sleep(Math.random() * WAIT_AT_MOST_MS);
    }
  }
}

async function readText(
  { client, sdk }: Pick<S3, 'client' | 'sdk'>,
  at: { readonly Bucket: string; readonly Key: string },
): Promise<{ readonly text: string; readonly tag: string | undefined }> {
  try {
    const { Body, ETag } = await client.send(new sdk.GetObjectCommand(at));
    return { text: (await Body?.transformToString('utf8')) ?? '', tag: ETag };
  } catch (error) {
    if (isMissing(error)) return { text: '', tag: undefined };
    throw error;
  }
}
