import { z } from 'zod';
import { targetSchema } from '../../domain/request.ts';
import { plainNameSchema, recordedSubjectSchema } from '../../domain/subject.ts';

/** An identity provider's name, as OpenShift allows it (openshift-facts.md 4.1). */
export const providerNameSchema = plainNameSchema.regex(/^[^:/%\s][^:/%]{0,200}$/, {
  error: 'is no identity provider\'s name: it holds none of ":", "/" and "%"',
});

export const identityCheckRequestSchema = z.strictObject({
  target: targetSchema,
  provider: plainNameSchema.optional(),
  user: plainNameSchema.optional(),
});

/** Input of the workflow `checkIdentity`: all providers unless one is named; `user` is looked up. */
export type IdentityCheckRequest = Readonly<z.infer<typeof identityCheckRequestSchema>>;

/** Input of `requireIdentityProvider`. */
export const identityOfSchema = z.strictObject({ subject: recordedSubjectSchema });

/** Input of `checkIdentity`: all providers unless one is named; `user` is looked up. */
export const identityQuestionSchema = identityCheckRequestSchema.omit({ target: true });
export type IdentityQuestion = Readonly<z.infer<typeof identityQuestionSchema>>;
