import { z } from 'zod';
import { PurserError } from '../domain/errors.ts';
import { MEMORIES } from '../domain/redact/redact-lines.ts';

const count = z.int().min(0);
/** RFC 3339 with nanoseconds, UTC, always as wide as this: 2026-11-23T10:58:14.437217658Z. */
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);

/**
 * How far a run of a container has been read. Lines may be equal and have equal times. So a position is the
 * time of the last line, how many lines with that time were read, and a hash of the last one.
 */
export const cursorSchema = z.strictObject({
  time,
  taken: z.int().min(1),
  /** The first 12 hexadecimal digits of the SHA-256 of the last line, time included, unredacted. */
  hash: z.string().regex(/^[0-9a-f]{12}$/),
  /** The latest time that was seen; later than `time` if the node's clock was set back. */
  latest: time,
  /** What the lines so far mean for the redaction of the next line; absent if they mean nothing. */
  memory: z.enum(MEMORIES).optional(),
});
export type Cursor = Readonly<z.infer<typeof cursorSchema>>;

/** A container's life between two restarts. */
export const runSchema = z.strictObject({
  namespace: z.string(),
  /** The label selector that chose the pod. */
  selector: z.string(),
  pod: z.string(),
  podUid: z.string(),
  container: z.string(),
  /** The container's id; if the node names none, the pod's uid and the count of restarts. */
  run: z.string(),
  restarts: count,
  /** RFC 3339; absent if the node does not say. */
  startedAt: z.string().optional(),
});
export type Run = Readonly<z.infer<typeof runSchema>>;

/** Lines that are missing: from the last line that was read to the first one after the gap. */
export const gapSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  /**
   * `rotated`, `pod-gone`, `run-gone` (the container restarted more than once) or `failed` (streams were cut
   * again and again, and the node's clock was set back).
   */
  reason: z.enum(['rotated', 'pod-gone', 'run-gone', 'failed']),
  /** How many whole runs of the container are in the gap. */
  runs: z.int().min(1).exactOptional(),
});
export type Gap = Readonly<z.infer<typeof gapSchema>>;

/** What a limit has cut: how many lines it affected, and what that means for the reader. */
export const capSchema = z.strictObject({
  limit: z.enum(['window', 'bytes', 'lines', 'line-bytes']),
  count,
  detail: z.string(),
});
export type Cap = Readonly<z.infer<typeof capSchema>>;

/** Kind of secret to how often it was removed. */
export const redactionsSchema = z.record(z.string(), z.int().min(1));
export type Redactions = Readonly<Record<string, number>>;

const fileSchema = z.strictObject({
  /** The file's name in the bundle's folder. */
  file: z.string(),
  /** Size and SHA-256 of the stored, compressed file. */
  fileBytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BundleFile = Readonly<z.infer<typeof fileSchema>>;

export const sourceSchema = z.strictObject({
  kind: z.enum(['container', 'events']),
  namespace: z.string(),
  /** Only for a container. */
  pod: z.string().optional(),
  container: z.string().optional(),
  run: z.string().optional(),
  /** Whether this is the run before the present one. */
  previous: z.boolean(),
  /** Absent if there was nothing new. */
  kept: fileSchema.optional(),
  lines: count,
  /** Size of what is stored, before compression. */
  bytes: count,
  firstTime: time.optional(),
  lastTime: time.optional(),
  gaps: z.array(gapSchema),
  caps: z.array(capSchema),
  redactions: redactionsSchema,
  /** Set if it could not be read: its position stays, and the next collection tries again. */
  failure: z.strictObject({ type: z.string(), message: z.string() }).optional(),
});
/** What one collection read from one run of a container, or from a namespace's events. */
export type Source = Readonly<z.infer<typeof sourceSchema>>;

export const runPositionSchema = runSchema.extend({
  /** Absent if nothing of the run was read. */
  cursor: cursorSchema.optional(),
  /** Set once a run that has ended was read to its end. */
  complete: z.boolean(),
});
/** How far a run has been read. */
export type RunPosition = Readonly<z.infer<typeof runPositionSchema>>;

export const manifestSchema = z.strictObject({
  version: z.literal(1),
  /** The bundle's folder: `<UTC time>-<part of the run's id>`. */
  bundle: z.string(),
  target: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  reason: z.string().optional(),
  /** The bundle that this one continues; absent for the first. */
  after: z.string().optional(),
  /** RFC 3339. `since`: how far back a run without a position was read; `until`: when the collection began. */
  window: z.strictObject({ since: z.string(), until: z.string() }),
  sealedAt: z.string(),
  sources: z.array(sourceSchema),
  /** The position in every run that still exists: the next collection continues there. */
  places: z.array(runPositionSchema),
  /** The namespaces' events were listed up to this resource version. */
  events: z.record(z.string(), z.string()),
  /** The index of audit events from the registry's own lines; absent if no registry was collected. */
  access: fileSchema.optional(),
  redactions: redactionsSchema,
});
/** The last file of a bundle to be written: a bundle that has one is complete. */
export type BundleManifest = Readonly<z.infer<typeof manifestSchema>>;

export const MANIFEST = 'manifest.json';
export const ACCESS_INDEX = 'access.json.zst';

/** The prefix of a target's bundles: `logs/<target>/`. */
export function bundlesPrefix(target: string): string {
  return `logs/${target}/`;
}

/** Parses a manifest's text. Throws `NotConfigured` if it is no manifest, or one of a later Purser. */
export function parseManifest(text: string, key: string): BundleManifest {
  const parsed = manifestSchema.safeParse(json(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PurserError(
    'NotConfigured',
    `${key} is not a manifest that this Purser knows (${issue?.path.join('.')}: ${issue?.message}); was it changed, or written by a later Purser?`,
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
