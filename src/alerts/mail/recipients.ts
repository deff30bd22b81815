import { z } from 'zod';

/** Who took a mail and who did not, as nodemailer tells it. */
export interface MailDelivery {
  readonly accepted: readonly string[];
  /** Each with what the server said to it. */
  readonly refused: readonly { readonly to: string; readonly said: string }[];
  /** Whether the server said that trying again is no use (5xx), to each of them. */
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

/** Reads what nodemailer resolved to; it knows more than its types say. */
export function outcomeOf(sent: unknown): MailDelivery {
  const { accepted, rejected, rejectedErrors } = sentSchema.parse(sent);
  const refused = rejected.map((each) => {
    const to = String(each);
    return { to, why: rejectedErrors.find(({ recipient }) => recipient === to) };
  });
  return {
    accepted: accepted.map(String),
    refused: refused.map(({ to, why }) => ({ to, said: why?.response ?? '' })),
    isFinal: refused.every(({ why }) => (why?.responseCode ?? 0) >= 500),
  };
}

/** {@link outcomeOf}, of what nodemailer threw; undefined where it does not say that everybody was refused. */
export function outcomeIn(error: unknown): MailDelivery | undefined {
  if (!(error instanceof Error && 'rejected' in error && 'rejectedErrors' in error))
    return undefined;
  const { rejected, rejectedErrors } = error;
  return outcomeOf({ accepted: [], rejected, rejectedErrors });
}

/** Remembers who has not got a mail yet, so that trying again for them gives nobody a second one. */
export interface Receipts {
  /** Those who have not taken the mail yet: `to`, or who was refused last, as nodemailer names them. */
  left(messageId: string, to: readonly string[]): readonly string[];
  /** Others than `refused` have it. */
  note(messageId: string, refused: readonly string[]): void;
  forget(messageId: string): void;
}

const MAILS_AT_MOST = 500;

/**
 * In memory: after a restart everybody gets it again, under the same Message-ID. One entry of `to` may be
 * many people, and nodemailer writes their addresses anew: so who is left is known by its names.
 */
export function createReceipts(): Receipts {
  const refusedOf = new Map<string, readonly string[]>();
  return {
    left: (messageId, to) => refusedOf.get(messageId) ?? to,
    note: (messageId, refused) => {
      refusedOf.set(messageId, refused);
      const [oldest] = refusedOf.keys();
      if (refusedOf.size > MAILS_AT_MOST && oldest !== undefined) refusedOf.delete(oldest);
    },
    forget: (messageId) => void refusedOf.delete(messageId),
  };
}
