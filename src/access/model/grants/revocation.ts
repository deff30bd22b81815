import { z } from 'zod';
import { accessSchema } from '../access.ts';
import { isBindingName } from './binding-name.ts';
import type { GrantRecord } from '../report/report.ts';
import { namespaceSchema, recordedSubjectSchema } from '../../../domain/subject.ts';

/** Longer than any name that Purser gives a binding. */
export const BINDING_NAME_AT_MOST = 253;

const NAMES_AT_MOST = 3;
const BINDINGS_AT_MOST = 50;

// RBAC takes any name that can stand in a path, and some that would lead out of the collection.
const bindingSchema = z
  .string()
  .min(1)
  .max(BINDING_NAME_AT_MOST)
  .refine((name) => !/[/%]/.test(name) && name !== '.' && name !== '..', {
    error: 'is no name of a binding',
  });

export const decidedSchema = z.strictObject({
  binding: bindingSchema,
  namespace: namespaceSchema.optional(),
  uid: z.string().min(1).max(100).optional(),
  madeBy: z.string().min(1).max(2_000).optional(),
  stands: z.string().min(1).max(100),
});

/**
 * What was decided to be deleted: a binding as it stood at that time. Where its `uid` is not known,
 * `madeBy` decides. `stands` is a digest of role and subjects, so that no list of them is carried around.
 */
export type Decided = Readonly<z.infer<typeof decidedSchema>>;

export const deletionSchema = z.strictObject({ access: accessSchema, decided: decidedSchema });

/** A binding that is to be deleted, and the access that it gives. */
export type DeletionOrder = Readonly<z.infer<typeof deletionSchema>>;

/** Input of `findSubjectNames`. */
export const revocationNamesSchema = z.strictObject({ subject: recordedSubjectSchema });

export const soughtGrantSchema = z.strictObject({
  names: z.array(recordedSubjectSchema).min(1).max(NAMES_AT_MOST).readonly(),
  access: accessSchema,
  bindings: z
    .array(z.string().refine(isBindingName, { error: "is no name of a binding of Purser's" }))
    .max(BINDINGS_AT_MOST)
    .readonly()
    .optional(),
});

/**
 * One access that is to be taken back, and the names that its subject may go by. `bindings` are those
 * that archived reports name.
 */
export type SoughtGrant = Readonly<z.infer<typeof soughtGrantSchema>>;

/** A grant that was found: what the report keeps of it, and what to delete it by. */
export interface RevocableGrant {
  readonly record: GrantRecord;
  readonly decided: Decided;
  /** Whom it was recorded for, as `formatSubject` writes it. */
  readonly recordedFor: string;
  /** How what stands differs from what was recorded: a sentence without its subject. */
  readonly differs?: string;
}

/** What stands in the cluster for one access. */
export interface FoundGrants {
  readonly grants: readonly RevocableGrant[];
  /** A sentence for each binding that is in the place and is not Purser's. */
  readonly foreign: readonly string[];
  /** Where nothing was found: other names that Purser has given this access, and that end alike. */
  readonly alike: readonly string[];
}

/** What archived reports say of one access. */
export interface GrantEvidence {
  /** The newest report that shows it: where it is kept, and when its workflow ended (RFC 3339). */
  readonly report?: { readonly place: string; readonly endedAt: string };
  /** The names of the bindings by which it was given. */
  readonly bindings: readonly string[];
}

export const evidenceQuestionSchema = z.strictObject({
  target: z.string().min(1).max(63),
  names: z.array(recordedSubjectSchema).min(1).max(NAMES_AT_MOST).readonly(),
  access: accessSchema,
});

/** Which reports are asked about an access. */
export type EvidenceQuestion = Readonly<z.infer<typeof evidenceQuestionSchema>>;

/** An onboarding that has not ended. */
export interface OpenOnboarding {
  readonly workflowId: string;
  readonly runId: string;
  readonly accesses: readonly string[];
}
