import { createHmac } from 'node:crypto';

/** What is signed: the three fields in this order, with full stops between them. */
export interface SignedContent {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The value of `webhook-signature` by Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). The key
 * is what follows `whsec_`, in base64; a secret without that prefix is itself the key. Throws a
 * RangeError, which does not hold the secret, if what follows is not base64 or too short.
 */
export function signatureOf({ id, timestamp, body }: SignedContent, secret: string): string {
  const signed = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
  return `v1,${signed.digest('base64')}`;
}

const PREFIX = 'whsec_';
// In bytes, by the specification.
const KEY_AT_LEAST = 24;

function keyOf(secret: string): Buffer {
  if (!secret.startsWith(PREFIX)) return Buffer.from(secret);
  const encoded = secret.slice(PREFIX.length);
  // Buffer skips what is not base64; the key could become empty, and the signature worthless.
  const key = /^[\w+/-]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.of();
  if (key.length >= KEY_AT_LEAST) return key;
  throw new RangeError(`what follows ${PREFIX} is not base64 of ${KEY_AT_LEAST} bytes or more`);
}
