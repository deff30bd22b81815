import { z } from 'zod';
import { listSchema, nameSchema, opaqueSchema, textSchema } from '../../domain/inputs/bounds.ts';
import { findingSchema } from '../../domain/finding.ts';
import { targetSchema } from '../../domain/request.ts';
import { alertSchema } from '../../alerts/model/alert.ts';
import { ALERTED, CHECKS, VERDICTS } from './checks.ts';
import type { CheckResult } from './checks.ts';
import type { EvaluationInput } from './evaluation.ts';
import { healthStateSchema } from './state.ts';

// What a check remembers is cut to 4 KB only when the run is judged.
const MEMORY_AT_MOST = 200_000;

const tableSchema = z.strictObject({
  columns: listSchema(nameSchema),
  rows: listSchema(listSchema(textSchema)),
});

const resultSchema = z.strictObject({
  check: z.enum(CHECKS),
  verdict: z.enum(VERDICTS),
  findings: listSchema(findingSchema),
  durationMs: z.number().min(0),
  confirmed: z.boolean().exactOptional(),
  measurements: z.record(nameSchema, z.number()),
  memory: opaqueSchema(MEMORY_AT_MOST).optional(),
  table: tableSchema.exactOptional(),
}) satisfies z.ZodType<CheckResult>;

/** Input of the activity `evaluateHealth`. */
export const evaluationInputSchema = z.strictObject({
  target: targetSchema,
  at: z.iso.datetime(),
  everyMs: z.int().min(1_000).optional(),
  run: alertSchema.shape.run,
  before: healthStateSchema.optional(),
  results: z.array(resultSchema).max(CHECKS.length),
  failure: findingSchema.optional(),
}) satisfies z.ZodType<EvaluationInput>;

/** Input of the activity `runHealthChecks`; what `probe` remembers concerns no check. */
export const examinationSchema = z.strictObject({
  checks: z.array(z.enum(CHECKS)).max(CHECKS.length).optional(),
  memory: z.partialRecord(z.enum(ALERTED), opaqueSchema(MEMORY_AT_MOST)),
});
