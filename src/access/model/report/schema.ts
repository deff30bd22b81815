import { findingSchema } from '../../../domain/finding.ts';
import { z } from 'zod';
import { accessSchema } from '../access.ts';
import { listSchema, nameSchema, textSchema } from '../../../domain/inputs/bounds.ts';
import { CAUSES } from '../../../domain/cause.ts';
import { freeTextSchema, targetSchema } from '../../../domain/request.ts';
import { OUTCOMES } from './report.ts';
import type { GrantRecord, Report, Undone } from './report.ts';
import type { Step } from '../../../domain/step.ts';
import { recordedSubjectSchema } from '../../../domain/subject.ts';

const stepSchema = z.strictObject({
  name: nameSchema,
  outcome: z.enum(['passed', 'failed', 'not-applicable', 'not-tried']),
  detail: textSchema,
  durationMs: z.number(),
  cause: z.enum(CAUSES).exactOptional(),
}) satisfies z.ZodType<Step>;

const grantSchema = z.strictObject({
  access: nameSchema,
  role: nameSchema,
  binding: nameSchema,
  namespace: nameSchema.exactOptional(),
  uid: nameSchema.exactOptional(),
  made: z.enum(['by-this-run', 'before']),
}) satisfies z.ZodType<GrantRecord>;

const failureSchema = z.strictObject({ type: nameSchema, message: textSchema, undone: textSchema });

const undoneSchema = z.strictObject({
  state: z.enum(['nothing-made', 'undone', 'left']),
  left: listSchema(z.strictObject({ what: textSchema, why: textSchema })),
}) satisfies z.ZodType<Undone>;

/** A report as the activity that archives it takes it, and as whoever reads the archive does. */
export const reportSchema = z.strictObject({
  workflow: z.enum(['onboard', 'revoke']),
  workflowId: nameSchema,
  /** A part of the key in the archive. */
  runId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'is not the id of a run' }),
  target: targetSchema,
  subject: recordedSubjectSchema,
  accesses: listSchema(accessSchema),
  claimed: z.strictObject({
    requestedBy: freeTextSchema.exactOptional(),
    reason: freeTextSchema.exactOptional(),
  }),
  outcome: z.enum(OUTCOMES),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  steps: listSchema(stepSchema),
  findings: listSchema(findingSchema),
  grants: listSchema(grantSchema),
  failure: failureSchema.exactOptional(),
  undone: undoneSchema.exactOptional(),
  next: listSchema(textSchema),
}) satisfies z.ZodType<Report>;
