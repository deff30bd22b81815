import { signatureSchema } from './memory.ts';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { refusal } from '../wire/errors.ts';
import type { Authorised, FrontServices } from '../wire/handling.ts';
import { emptyReply } from '../wire/reply.ts';
import type { Reply } from '../wire/reply.ts';

interface ImageName {
  readonly name: string;
  readonly digest: string;
}

/**
 * GET of an image's signatures: 404 without a body if the stream has no such image. Clients that see
 * X-Registry-Supports-Signatures ask at every pull (openshift-facts.md 1.9).
 */
export async function getSignatures(
  { streams, memory }: FrontServices,
  { signal }: Authorised,
  { name, digest }: ImageName,
): Promise<Reply> {
  const image = await streams.find(name, digest, signal);
  const type = { 'Content-Type': 'application/json; charset=utf-8' };
  return image === undefined || image === 'no stream'
    ? emptyReply(404, type)
    : {
        status: 200,
        headers: type,
        body: JSON.stringify({ signatures: memory.signatures.get(digest) ?? [] }),
      };
}

/** PUT: 201 without a body; stored only by this front, while OpenShift stores it in the Image. */
export async function putSignature(
  { memory, streams }: FrontServices,
  { request, signal }: Authorised,
  { name, digest }: ImageName,
): Promise<Reply> {
  const parsed = signatureSchema.safeParse(jsonOf(await text(request)));
  if (!parsed.success) {
    throw refusal('SIGNATURE_INVALID', { detail: z.prettifyError(parsed.error) });
  }
  const image = await streams.find(name, digest, signal);
  if (image === undefined || image === 'no stream') {
    return emptyReply(404);
  }
  const known = memory.signatures.get(digest) ?? [];
  if (known.some((one) => one.name === parsed.data.name)) {
    const why = `imagesignatures.image.openshift.io "${parsed.data.name}" already exists`;
    throw refusal('SIGNATURE_EXISTS', { detail: why });
  }
  memory.signatures.set(digest, [...known, parsed.data]);
  return emptyReply(201);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
