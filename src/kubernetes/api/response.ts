import { z } from 'zod';
import { fromApiResponse } from './failure.ts';
import type { ClusterFailure } from './failure.ts';

const ANSWER_AT_MOST = 32 * 1024 * 1024;

/** What the API server sent, its body parsed. */
export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
}

/** An answer that exceeds the limit of 32 MiB. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  override readonly message = `the answer is larger than ${ANSWER_AT_MOST} bytes`;
}

/** What an answer that is not 2xx means, without the secrets that the request was sent with. */
export function failureOf(
  tried: string,
  { status, body, retryAfter }: ApiResponse,
  credentials: Readonly<Record<string, string>>,
): ClusterFailure {
  const apiStatus = statusSchema.parse(withoutSecrets(body, credentials));
  return fromApiResponse(tried, status, apiStatus, retryAfter);
}

// A proxy in between may quote the request that it refused, with its token.
function withoutSecrets(body: unknown, credentials: Readonly<Record<string, string>>): unknown {
  const secrets = Object.entries(credentials)
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .map(([, value]) => value.replace(/^\w+ /, ''));
  const text = secrets.reduce(
    (left, secret) => (secret === '' ? left : left.replaceAll(secret, '(secret)')),
    JSON.stringify(body),
  );
  return parse(text);
}

const statusSchema = z
  .object({
    message: z.string().optional(),
    reason: z.string().optional(),
    details: z
      .object({
        name: z.string().optional(),
        causes: z
          .array(z.object({ reason: z.string().optional(), message: z.string().optional() }))
          .optional(),
      })
      .optional()
      .catch(undefined),
  })
  .catch({});

/** Reads a body of at most 32 MiB. */
export async function readApiBody(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_AT_MOST) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** JSON, or the text of a proxy in between as a message. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Such a text is not the API's; its beginning is enough for the message.
    return { message: text.slice(0, 200) };
  }
}
