// What activities are given. Whoever reaches Temporal can call any of them with anything, from a
// workflow of their own: so an input holds names only, and the activity looks up what it has to know.
import { z } from 'zod';
import { accessSchema } from './access.ts';
import { imageSchema } from './proof/image.ts';
import { accessesSchema, proveSchema } from './request.ts';
import { freeTextSchema } from '../../domain/request.ts';
import { providerNameSchema } from '../../identity/model/request.ts';
import {
  recordedNameSchema,
  recordedSubjectSchema,
  subjectSchema,
  userNameSchema,
} from '../../domain/subject.ts';

const LIST_AT_MOST = 100;

/**
 * The uid that the workflow decided on. Under the same name may be somebody else by now; absent where
 * there was nobody yet.
 */
const expectUid = z.string().min(1).max(128).optional();

/** Input of `grantAccess`. `claimed` is what the caller says, and is recorded as that. */
export const grantInputSchema = z.strictObject({
  subject: subjectSchema,
  accesses: accessesSchema,
  expectUid,
  claimed: z.strictObject({
    requestedBy: freeTextSchema.optional(),
    reason: freeTextSchema.optional(),
  }),
});
export type GrantInput = Readonly<z.infer<typeof grantInputSchema>>;

/** Input of what takes grants back or looks for them: no rule of today's keeps it from older ones. */
export const heldInputSchema = z.strictObject({
  subject: recordedSubjectSchema,
  accesses: accessesSchema,
});
export type HeldInput = Readonly<z.infer<typeof heldInputSchema>>;

/**
 * Input of `undoGrants`. `uids` are those of the bindings that the run knows to have made: whoever has
 * changed a binding's marks since has not made it go away.
 */
export const undoGrantsInputSchema = z.strictObject({
  ...heldInputSchema.shape,
  uids: z.array(z.string().min(1).max(128)).max(LIST_AT_MOST).optional(),
});
export type UndoGrantsInput = Readonly<z.infer<typeof undoGrantsInputSchema>>;

/** Input of `provisionUser`: a login to be made beforehand. */
export const provisionInputSchema = z.strictObject({
  user: userNameSchema,
  /** Needed where several providers look people up. */
  provider: providerNameSchema.optional(),
  /** What the provider calls the person; default: what is known of that, by the provider's type. */
  providerUser: freeTextSchema.min(1, { error: 'must not be empty' }).optional(),
});

/** Input of `undoProvisioning`, which no rule about names keeps from what was made. */
export const undoProvisioningInputSchema = z.strictObject({
  ...provisionInputSchema.shape,
  user: recordedNameSchema,
});
export type ProvisionInput = Readonly<z.infer<typeof provisionInputSchema>>;

/** Input of `proveAccess`. `by`: for a group, the member by whom it is proven. */
export const proofInputSchema = z.strictObject({
  subject: subjectSchema,
  accesses: accessesSchema,
  prove: proveSchema,
  expectUid,
  by: userNameSchema.optional(),
  /** The image to prove pulls with; default: one that is there. */
  image: imageSchema.optional(),
});

/** Input of `proveRefusal`. */
export const refusalInputSchema = z.strictObject({
  ...proofInputSchema.shape,
  subject: recordedSubjectSchema,
});
export type ProofInput = Readonly<z.infer<typeof refusalInputSchema>>;

/** Input of `findSubject`. */
export const subjectQuestionSchema = z.strictObject({
  subject: recordedSubjectSchema,
  accesses: z.array(accessSchema).max(LIST_AT_MOST),
  /** For taking back: then nothing that is gone is an error. */
  mayBeGone: z.boolean().optional(),
  /** Whether a first login is waited for: then its absence is neither an error nor a finding. */
  isAwaited: z.boolean().optional(),
  /** Whether the access is to be given to a mere name, for whoever logs in first under it. */
  beforeLogin: z.boolean().optional(),
  /** The one provider that may vouch for the person. */
  provider: providerNameSchema.optional(),
  /** What the providers call them; default: the user's name. */
  providerUser: freeTextSchema.min(1, { error: 'must not be empty' }).optional(),
});
export type SubjectQuestion = Readonly<z.infer<typeof subjectQuestionSchema>>;

/** Input of `awaitLogin` and `checkLogin`. */
export const loginSoughtSchema = z.strictObject({
  /** The User that the login will make or join. */
  user: userNameSchema,
  /** The providers that may vouch for them; empty where none are known. */
  providers: z.array(z.string().min(1).max(253)).max(LIST_AT_MOST).readonly(),
});
export type LoginSought = Readonly<z.infer<typeof loginSoughtSchema>>;
