import { z } from 'zod';
import { listSchema, nameSchema } from '../../src/domain/inputs/bounds.ts';
import { collectLogsRequestSchema, podSchema } from '../../src/logs/model/collect-request.ts';
import { namespaceSchema } from '../../src/domain/subject.ts';
import { eventsFile, runFile, timeOfBundle } from '../../src/logs/collect/name.ts';
import type { PlannedRun } from '../../src/logs/collect/plan.ts';
import {
  cursorSchema,
  gapSchema,
  runPositionSchema,
  runSchema,
  sourceSchema,
} from '../../src/logs/manifest.ts';
import type { CollectedSource, RunToCollect } from './collect/collect.ts';
import type { CollectedEvents } from './collect/events.ts';
import type { Plan, PlannedEvents } from './collect/plan.ts';
import type { SealRequest } from './collect/seal.ts';

// The names of bundles and files become keys of the archive. So each is compared with the name that Purser
// itself would give.
const bundleSchema = nameSchema.refine((name) => timeOfBundle(name) !== undefined, {
  error: 'is not the name of a bundle',
});
const timeSchema = z.iso.datetime({ offset: true });

/** A container's name, as Kubernetes takes it (RFC 1123 label): the same rule as a namespace's. */
const containerSchema = namespaceSchema;

const plannedRunSchema = z
  .strictObject({
    run: runSchema.extend({
      namespace: namespaceSchema,
      pod: podSchema,
      container: containerSchema,
      startedAt: runSchema.shape.startedAt.unwrap().exactOptional(),
    }),
    isPrevious: z.boolean(),
    hasEnded: z.boolean(),
    cursor: cursorSchema.exactOptional(),
    since: timeSchema.exactOptional(),
    file: nameSchema,
  })
  .refine(({ run, isPrevious, file }) => file === runFile({ ...run, previous: isPrevious }), {
    path: ['file'],
    error: 'is not the file of this run',
  }) satisfies z.ZodType<PlannedRun>;

const plannedEventsSchema = z
  .strictObject({
    namespace: namespaceSchema,
    file: nameSchema,
    after: nameSchema.exactOptional(),
  })
  .refine(
    ({ namespace, file }) => [true, false].some((only) => file === eventsFile(namespace, only)),
    { path: ['file'], error: 'is not the file of these events' },
  ) satisfies z.ZodType<PlannedEvents>;

const lostSchema = z.strictObject({ place: runPositionSchema, gap: gapSchema });

const planSchema = z.strictObject({
  bundle: bundleSchema,
  after: bundleSchema.exactOptional(),
  since: timeSchema,
  until: timeSchema,
  runs: listSchema(plannedRunSchema),
  events: listSchema(plannedEventsSchema),
  lost: listSchema(lostSchema),
  forgotten: listSchema(z.string()).exactOptional(),
}) satisfies z.ZodType<Plan>;

const collectedSchema = z.strictObject({
  source: sourceSchema,
  place: runPositionSchema.exactOptional(),
}) satisfies z.ZodType<CollectedSource>;

const collectedEventsSchema = z.strictObject({
  namespace: namespaceSchema,
  source: sourceSchema,
  resourceVersion: nameSchema.exactOptional(),
}) satisfies z.ZodType<CollectedEvents>;

/**
 * The inputs of the activities of the logs, by activity. Workflows of older versions also send their run.
 */
export const INPUTS = {
  planCollection: z.strictObject({
    request: collectLogsRequestSchema,
    runId: nameSchema.optional(),
  }),
  collectContainerLog: z.strictObject({
    bundle: bundleSchema,
    until: timeSchema,
    planned: plannedRunSchema,
  }) satisfies z.ZodType<RunToCollect>,
  collectEvents: z.strictObject({ bundle: bundleSchema, planned: plannedEventsSchema }),
  sealBundle: z.strictObject({
    plan: planSchema,
    collected: listSchema(collectedSchema),
    events: listSchema(collectedEventsSchema),
    request: collectLogsRequestSchema,
    workflowId: nameSchema.optional(),
    runId: nameSchema.optional(),
  }) satisfies z.ZodType<SealRequest>,
  discardBundle: z.strictObject({ bundle: bundleSchema, after: bundleSchema.optional() }),
} as const;
