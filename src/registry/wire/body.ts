import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { corrupted, fronted } from '../failure.ts';
import type { RegistryOperation } from '../failure.ts';
import type { RegistryResponse } from './response.ts';

/** At most `limit` bytes of a body; the rest is not read. */
export async function readBodyText(answer: RegistryResponse, limit: number): Promise<string> {
  const { bytes } = await read(answer, limit);
  return Buffer.from(bytes).toString();
}

const ERROR_TEXT_LIMIT = 64 * 1024;
const ERROR_TEXT_WITHIN_MS = 5_000;

/**
 * What arrives of a body within 5 s, 64 KiB at most, if the answer's head is enough to classify it. A body
 * that stalls or breaks off changes nothing then.
 */
export async function readErrorText(answer: RegistryResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stalled = setTimeout(() => answer.body.destroy(), ERROR_TEXT_WITHIN_MS);
  try {
    for await (const chunk of chunksOf(answer)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= ERROR_TEXT_LIMIT) break;
    }
  } catch {
    // The message shows what arrived until then.
  } finally {
    clearTimeout(stalled);
  }
  return Buffer.concat(chunks).subarray(0, ERROR_TEXT_LIMIT).toString();
}

/** A whole body. More than `limit` bytes are a failure (`configuration`). */
export async function readBytes(
  answer: RegistryResponse,
  limit: number,
  tried: RegistryOperation,
): Promise<Uint8Array> {
  const { bytes, isWhole } = await read(answer, limit);
  if (isWhole) return bytes;
  throw fronted(tried, `the answer is longer than ${limit} bytes`);
}

/** A JSON body that matches the schema. Anything else is a failure (`configuration`). */
export async function readJson<T>(
  answer: RegistryResponse,
  schema: z.ZodType<T>,
  tried: RegistryOperation,
): Promise<T> {
  const bytes = await readBytes(answer, JSON_LIMIT, tried);
  return parseJson(bytes, schema, tried);
}

/** See `readJson`. */
export function parseJson<T>(bytes: Uint8Array, schema: z.ZodType<T>, tried: RegistryOperation): T {
  const parsed = schema.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fronted(
    tried,
    `the answer does not follow the protocol: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'odd'}`,
  );
}

const JSON_LIMIT = 16 * 1024 * 1024;

/** Reads and drops a short body, so that its connection can be used again. */
export async function drain(answer: RegistryResponse): Promise<void> {
  await read(answer, DRAINED);
}

const DRAINED = 64 * 1024;

/** A body's size and digest; the bytes are dropped. More than `size` bytes are a failure (`storage`). */
export async function measure(
  answer: RegistryResponse,
  { digest, size }: { readonly digest: string; readonly size: number },
  tried: RegistryOperation,
): Promise<{ readonly size: number; readonly digest: string }> {
  const algorithm = algorithmOf(digest);
  const hash = createHash(algorithm);
  let length = 0;
  for await (const chunk of chunksOf(answer)) {
    length += chunk.length;
    if (length > size) throw corrupted(tried, `more than the ${size} bytes that the blob has`);
    hash.update(chunk);
  }
  return { size: length, digest: `${algorithm}:${hash.digest('hex')}` };
}

/** Reads up to `limit` bytes and drops them; resolves to their number. */
export async function readStart(answer: RegistryResponse, limit: number): Promise<number> {
  let length = 0;
  for await (const chunk of chunksOf(answer)) {
    length += chunk.length;
    // A server without ranges sends the whole blob: the rest is not read.
    if (length >= limit) return limit;
  }
  return length;
}

/** The digest of bytes, by the algorithm of another digest (sha256 without one). */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): string {
  const algorithm = algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

function algorithmOf(digest: string): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

async function read(
  answer: RegistryResponse,
  limit: number,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(answer)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) {
      return { bytes: Buffer.concat(chunks).subarray(0, limit), isWhole: false };
    }
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

function chunksOf({ body }: RegistryResponse): AsyncIterable<Uint8Array> {
  return body;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
