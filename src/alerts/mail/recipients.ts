import { z } from 'zod';

/** The recipients that the server accepted a mail for, and those that it refused. */
export interface MailDelivery {
  readonly accepted: readonly string[];
  /** Each with the server's reply. */
  readonly refused: readonly { readonly to: string; readonly reply: string }[];
  /** Whether the server refused all of them permanently (5xx). */
  readonly isFinal: boolean;
}

const sentSchema = z.object({
  accepted: z.array(z.unknown()),
  rejected: z.array(z.unknown()),
  rejectedErrors: z
    .array(
      z.object({
        recipient: z.string(),
        response: z.string().catch(''),
        responseCode: z.number().optional().catch(undefined),
      }),
    )
    .default([])
    .catch([]),
});

/** Reads what nodemailer resolved to; it holds more than its types say. */
export function deliveryOf(sent: unknown): MailDelivery {
  const { accepted, rejected, rejectedErrors } = sentSchema.parse(sent);
  const refused = rejected.map((each) => {
    const to = String(each);
    return { to, rejection: rejectedErrors.find(({ recipient }) => recipient === to) };
  });
  return {
    accepted: accepted.map(String),
    refused: refused.map(({ to, rejection }) => ({ to, reply: rejection?.response ?? '' })),
    isFinal: refused.every(({ rejection }) => (rejection?.responseCode ?? 0) >= 500),
  };
}

/**
 * Reads what nodemailer threw, as {@link deliveryOf} does; undefined if it does not say that all
 * recipients were refused.
 */
export function deliveryInError(error: unknown): MailDelivery | undefined {
  if (!(error instanceof Error && 'rejected' in error && 'rejectedErrors' in error))
    return undefined;
  const { rejected, rejectedErrors } = error;
  return deliveryOf({ accepted: [], rejected, rejectedErrors });
}

/** Remembers the recipients who do not have a mail yet: a retry must not send it twice to the others. */
export interface DeliveryRecord {
  /** The recipients without the mail: `to`, or those refused last, as nodemailer names them. */
  pending(messageId: string, to: readonly string[]): readonly string[];
  /** Records that all but `refused` have the mail. */
  setPending(messageId: string, refused: readonly string[]): void;
  clear(messageId: string): void;
}

const MAILS_AT_MOST = 500;

/**
 * In memory: after a restart all recipients get the mail again, under the same Message-ID. One entry of
 * `to` may hold many addresses, and nodemailer rewrites them. So the record holds its spelling of them.
 */
export function createDeliveryRecord(): DeliveryRecord {
  const refusedOf = new Map<string, readonly string[]>();
  return {
    pending: (messageId, to) => refusedOf.get(messageId) ?? to,
    setPending: (messageId, refused) => {
      refusedOf.set(messageId, refused);
      const [oldest] = refusedOf.keys();
      if (refusedOf.size > MAILS_AT_MOST && oldest !== undefined) refusedOf.delete(oldest);
    },
    clear: (messageId) => void refusedOf.delete(messageId),
  };
}
