import { z } from 'zod';

/** Where a list of all grants goes on: namespaced ones come first. `token` is the API's own. */
export const pageCursorSchema = z.strictObject({
  of: z.enum(['rolebindings', 'clusterrolebindings']),
  token: z.string().max(8_192).optional(),
});

export type PageCursor = Readonly<z.infer<typeof pageCursorSchema>>;

const ROWS_AT_MOST = 250;

export const accessPageRequestSchema = z.strictObject({
  from: pageCursorSchema.optional(),
  limit: z.number().int().min(1).max(ROWS_AT_MOST).default(ROWS_AT_MOST),
});

/** Which page of the list is asked for: the first one without `from`; `limit` is 250 rows at most. */
export type AccessPageRequest = Readonly<z.input<typeof accessPageRequestSchema>>;

/** One row of `purser access list`: what stands in the cluster, and what was recorded of it. */
export interface AccessRow {
  /** Whom the binding names, as it stands now. */
  readonly subject: string;
  readonly access: string;
  readonly role: string;
  readonly since: string;
  /** `pending` until its proof has ended, then `proven` or `unproven`; `unknown` for an older grant. */
  readonly state: string;
  readonly requestedBy?: string;
  readonly reason?: string;
  readonly madeBy: string;
  /** Set where what stands differs from what was recorded, or the subject is another one by now. */
  readonly marks?: readonly string[];
}

/** One page of the list, at most 1 MB of it. `expired`: it took too long, and has to be read anew. */
export type AccessPage =
  { readonly rows: readonly AccessRow[]; readonly next?: PageCursor } | { readonly expired: true };
