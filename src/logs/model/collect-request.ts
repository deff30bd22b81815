import { z } from 'zod';
import { freeTextSchema, nameTextSchema, targetSchema } from '../../domain/request.ts';

/** A pod's name, as Kubernetes takes it. */
export const podSchema = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, {
  error: 'a pod\'s name is lower-case letters, digits, "-" and ".", at most 253',
});

const timeSchema = z.iso.datetime({
  offset: true,
  error: 'must be a time in RFC 3339, such as 2026-11-23T08:00:00Z',
});

export const collectLogsRequestSchema = z.strictObject({
  target: targetSchema,
  /** How far back a container is read that was never read before. Default: `logs.window`. */
  since: timeSchema.optional(),
  /** If it is in the future, the collection waits until then: so it includes the lines after a failure. */
  until: timeSchema.optional(),
  /** Only these pods. Default: all that purser.yaml chooses. */
  pods: z.array(podSchema).min(1, { error: 'must name at least one pod' }).max(50).optional(),
  /** Also the pods of node-ca, one on each node. */
  nodeCa: z.boolean().optional(),
  reason: freeTextSchema.optional(),
  requestedBy: nameTextSchema.optional(),
});

/** Input of the workflow `collectLogs`. `requestedBy` is what the caller claims. */
export type CollectLogsRequest = Readonly<z.infer<typeof collectLogsRequestSchema>>;

/** Result of the workflow `collectLogs`: small, because every run keeps it in its history. */
export interface Collected {
  readonly target: string;
  readonly bundle: string;
  /** The location of the bundle, for people. */
  readonly location: string;
  readonly lines: number;
  /** Before and after compression. */
  readonly bytes: number;
  readonly fileBytes: number;
  readonly gaps: number;
  /** How many sources a limit has cut, and how many could not be read. */
  readonly capped: number;
  readonly failed: number;
  readonly redacted: number;
  /**
   * How many bundles exceeded `logs.keep` and were removed, and how many more are too old and are removed
   * later. Absent if there were none, or if nothing could be removed.
   */
  readonly retained?: { readonly removed: number; readonly held: number };
  /** A copy of the cursors in the bundle's manifest: source to time, the first 20. The manifest counts. */
  readonly cursors: Readonly<Record<string, string>>;
}
