import { z } from 'zod';
import { targetSchema } from '../../domain/request.ts';
import type { CheckName, Verdict } from './checks.ts';

/** How finely a history is summed up at most: it travels through Temporal. */
export const BUCKETS_AT_MOST = 200;
const DAYS_AT_MOST = 3_660;
const DAY_MS = 86_400_000;

export const historyRequestSchema = z
  .strictObject({
    target: targetSchema,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    buckets: z.int().min(1).max(BUCKETS_AT_MOST),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must be later than from',
  })
  // Each day is a file to be looked for.
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= DAYS_AT_MOST * DAY_MS, {
    path: ['from'],
    error: `must be at most ${DAYS_AT_MOST} days before to`,
  });

/** What `purser health history` asks for. */
export type HistoryRequest = Readonly<z.infer<typeof historyRequestSchema>>;

/** Milliseconds over time; null where nothing was measured. */
export interface Series {
  readonly name: string;
  readonly mean: number;
  readonly max: number;
  readonly means: readonly (number | null)[];
}

/** The runs of a span of time, summed up in equal parts of it; null for a part without a run. */
export interface HealthHistory {
  readonly target: string;
  readonly from: string;
  readonly to: string;
  readonly runs: number;
  /** The target's verdict: the worst in each part. */
  readonly verdicts: readonly (Verdict | null)[];
  readonly checks: readonly {
    readonly check: CheckName;
    /** What was found: the worst in each part. */
    readonly found: readonly (Verdict | null)[];
    /** How many runs found what. */
    readonly counts: Readonly<Record<Verdict, number>>;
    /** How long the check itself took. */
    readonly ms: Series;
    /** The latencies that it measured. */
    readonly latencies: readonly Series[];
  }[];
  /** The runs that told somebody something, the last ones: `write-path firing`. */
  readonly events: readonly { readonly at: string; readonly told: readonly string[] }[];
}
