import { z } from 'zod';
import { SEVERITIES } from '../../alerts/model/alert.ts';
import { CAUSES } from '../../domain/cause.ts';
import { findingSchema } from '../../domain/finding.ts';
import { ALERTED, CHECKS, VERDICTS } from './checks.ts';

const instant = z.iso.datetime();
const verdict = z.enum(VERDICTS);

/** What the notifiers were told last of something that is not over yet. */
const lastMessageSchema = z.object({
  since: instant,
  /** When the last message was sent. */
  at: instant,
  severity: z.enum(SEVERITIES),
  worst: z.enum(SEVERITIES),
  cause: z.enum(CAUSES),
  /** The last message said that it comes and goes. */
  isFlapping: z.boolean().optional(),
  logs: z.string().optional(),
});

// Earlier runs stored what a finding means for the verdict, as its weight. Without their lines the history
// would show good runs only, and an open alert would never be closed.
const SEVERITY_BY_WEIGHT = {
  unhealthy: 'error',
  unknown: 'unknown',
  degraded: 'warning',
  note: 'note',
} as const;
const weightedSchema = findingSchema
  .omit({ severity: true })
  .extend({ weight: z.enum(['unhealthy', 'unknown', 'degraded', 'note']) })
  .strip()
  .transform(({ weight, ...rest }) => ({ severity: SEVERITY_BY_WEIGHT[weight], ...rest }));

const checkStateSchema = z.object({
  /** What it is judged to be, by the runs up to now. */
  verdict,
  since: instant,
  /** What the last run found, by itself. */
  found: verdict,
  /** How long it took in the last run, in milliseconds; absent where it was not run. */
  ms: z.number().optional(),
  /**
   * The worst that enough runs in a row agree on. Runs that could not look leave it as it is; absent
   * until one could.
   */
  level: z.enum(['healthy', 'degraded', 'unhealthy']).optional(),
  /** The level is that of the first run: too few have agreed to tell anybody. */
  isProvisional: z.boolean().optional(),
  /** Too many runs in a row could not look. */
  isBlind: z.boolean().optional(),
  isFlapping: z.boolean().optional(),
  /** The last results, oldest first: a letter each, a capital where it went down or came back with it. */
  recent: z.string(),
  /** Since when each run found it well, or each found it not well. */
  streakSince: instant,
  /** When it was last found to be no more well. */
  badSince: instant.optional(),
  lastGood: instant.optional(),
  /** Those of the last run that was not well, until it is judged to be well again. */
  findings: z.array(z.union([findingSchema.strip(), weightedSchema])),
  told: lastMessageSchema.optional(),
  memory: z.unknown().optional(),
});

/** Where what must not be lost between two runs is kept: see docs/decisions/0017. */
export const healthStateSchema = z.object({
  target: z.string(),
  /** The time of the run. */
  at: instant,
  /** How often it is to run, in milliseconds; absent where no schedule says so. */
  everyMs: z.number().optional(),
  verdict,
  since: instant,
  /** The time of the last run before this one, where more of them should have been in between. */
  missedSince: instant.optional(),
  /** The reason of the maintenance under way: alerts are held. */
  maintenance: z.string().optional(),
  checks: z.partialRecord(z.enum(ALERTED), checkStateSchema),
});

export type LastMessage = Readonly<z.infer<typeof lastMessageSchema>>;
export type CheckState = Readonly<z.infer<typeof checkStateSchema>>;

/**
 * What one run of a target's checks leaves to the next, and the result of its workflow: at most
 * {@link STATE_BYTES} of JSON. Under `probe` is whether Purser could look at all.
 */
export type HealthState = Readonly<z.infer<typeof healthStateSchema>>;

/** Its length in UTF-8 as JSON, whatever the age and however much there is to say. */
export const STATE_BYTES = 8_192;

/** Of the archive, and of the activity that writes it. */
export const historyLineSchema = z.object({
  state: healthStateSchema,
  runId: z.string(),
  /** Of each check: name to value. */
  measurements: z.partialRecord(z.enum(CHECKS), z.record(z.string(), z.number())),
  /** Whom the run told what: `write-path firing`. */
  told: z.array(z.string()),
});

/** One line of the archive's history: a run. */
export type HistoryLine = Readonly<z.infer<typeof historyLineSchema>>;

/** The state that a run was given; undefined for none, or for one that this version cannot read. */
export function readState(value: unknown): HealthState | undefined {
  const { success, data } = healthStateSchema.safeParse(value);
  return success ? data : undefined;
}

/** A line of the archive; undefined for one that is cut off or from another version. */
export function readHistoryLine(text: string): HistoryLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = historyLineSchema.safeParse(value);
  return success ? data : undefined;
}
