import { z } from 'zod';

/** Who took a mail and who did not, as nodemailer tells it. */
export interface Outcome {
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
export function outcomeOf(sent: unknown): Outcome {
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

/** Remembers who has a mail already, so that trying again for others gives nobody a second one. */
export interface Receipts {
  /** Those of `to` who have not taken the mail yet. */
  left(messageId: string, to: readonly string[]): readonly string[];
  /** `addresses` have taken it. */
  note(messageId: string, addresses: readonly string[]): void;
  forget(messageId: string): void;
}

const MAILS_AT_MOST = 500;

/** In memory: after a restart everybody gets it again, under the same Message-ID. */
export function createReceipts(): Receipts {
  const had = new Map<string, ReadonlySet<string>>();
  return {
    left: (messageId, to) => to.filter((each) => had.get(messageId)?.has(bare(each)) !== true),
    note: (messageId, addresses) => {
      had.set(messageId, new Set([...(had.get(messageId) ?? []), ...addresses.map(bare)]));
      const [oldest] = had.keys();
      if (had.size > MAILS_AT_MOST && oldest !== undefined) had.delete(oldest);
    },
    forget: (messageId) => void had.delete(messageId),
  };
}

/** `Ops <ops@example.com>` without its name. */
function bare(address: string): string {
  return (/<([^<>]*)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase();
}
