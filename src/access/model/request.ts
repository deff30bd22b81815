import { z } from 'zod';
import { freeTextSchema, nameTextSchema, targetSchema } from '../../domain/request.ts';
import { recordedSubjectSchema, subjectSchema, userNameSchema } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import { providerNameSchema } from '../../identity/model/request.ts';
import { accessSchema, parseAccess } from './access.ts';
import { waitSchema } from './first-login.ts';
import { imageSchema, parseImage } from './proof/image.ts';

const ACCESSES_AT_MOST = 20;

/** What is asked for: 1 to 20 accesses, each once. */
export const accessesSchema = z
  .array(accessSchema)
  .min(1, { error: 'must name at least one access' })
  .max(ACCESSES_AT_MOST, { error: `must name at most ${ACCESSES_AT_MOST} accesses` })
  .refine((list) => new Set(list).size === list.length, { error: 'names an access twice' });

/**
 * How hard the proof is to be tried: `required` fails an onboarding that cannot be proven,
 * `if-possible` (default) keeps the grant and says what was not tried, `review` asks only the API.
 */
export const proveSchema = z.enum(['required', 'if-possible', 'review']);
export type Prove = z.infer<typeof proveSchema>;

const FOR_GROUPS = {
  path: ['proveAs'],
  error: 'is for groups: a person or a service account is proven with rights of their own',
};

const FOR_PEOPLE = ['waitForLogin', 'beforeLogin', 'provision', 'provider'] as const;

export const onboardRequestSchema = z
  .strictObject({
    target: targetSchema,
    subject: subjectSchema,
    accesses: accessesSchema,
    reason: freeTextSchema.optional(),
    requestedBy: nameTextSchema.optional(),
    prove: proveSchema.default('if-possible'),
    proveAs: userNameSchema.optional(),
    image: imageSchema.optional(),
    waitForLogin: waitSchema.optional(),
    beforeLogin: z.boolean().optional(),
    provision: z.boolean().optional(),
    provider: providerNameSchema.optional(),
    providerUser: nameTextSchema.min(1, { error: 'must not be empty' }).optional(),
  })
  .refine(isForGroup, FOR_GROUPS)
  .superRefine(({ image, accesses }, context) => {
    const message = image === undefined ? undefined : whyNoSuchPull(image, accesses);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['image'], message });
  })
  .superRefine((request, context) => {
    for (const path of FOR_PEOPLE) {
      if (!isAsked(request[path]) || request.subject.kind === 'User') continue;
      context.addIssue({
        code: 'custom',
        path: [path],
        message: 'is for people: no one else logs in',
      });
    }
    if (request.providerUser !== undefined && request.provision !== true) {
      context.addIssue({
        code: 'custom',
        path: ['providerUser'],
        message: 'goes with provision: it is what the provider calls the person',
      });
    }
  });

/**
 * Input of the workflow `onboard`. `requestedBy` is what the caller claims, and is shown as that.
 * `proveAs` names a member by whom a group's access is proven. `waitForLogin` is how long a person's
 * first login is waited for (`7d`); `beforeLogin` gives the access to a name that nobody has logged in
 * under, where the target's `grant` is `before-login`; `provider` is the one provider that may vouch for them.
 * `provision` makes User, Identity and mapping for a provider that looks them up; `providerUser` is
 * what that provider calls the person, by default the subject's name or what an LDAP directory has; other
 * types need it (src/identity/model/identity-names.ts). `image` is the one to prove a pull with, by default one that
 * is there.
 */
export type OnboardRequest = Readonly<z.infer<typeof onboardRequestSchema>>;

export const revokeRequestSchema = z
  .strictObject({
    target: targetSchema,
    subject: recordedSubjectSchema,
    accesses: accessesSchema,
    reason: freeTextSchema.optional(),
    requestedBy: nameTextSchema.optional(),
    proveAs: userNameSchema.optional(),
    withOthers: z.boolean().optional(),
    ignoreNotFound: z.boolean().optional(),
  })
  .refine(isForGroup, FOR_GROUPS);

/**
 * Input of the workflow `revoke`. `proveAs` names a member by whom the refusal of a group is proven.
 * `withOthers` deletes a binding although somebody has added others to it, or changed it.
 * `ignoreNotFound` takes an access that Purser never granted for one that is gone.
 */
export type RevokeRequest = Readonly<z.infer<typeof revokeRequestSchema>>;

function isForGroup(request: {
  readonly subject: Subject;
  readonly proveAs?: string | undefined;
}): boolean {
  return request.proveAs === undefined || request.subject.kind === 'Group';
}

function whyNoSuchPull(image: string, accesses: readonly string[]): string | undefined {
  // What is malformed has its own issue already, and comes here all the same.
  if (!imageSchema.safeParse(image).success || !accessesSchema.safeParse(accesses).success) {
    return undefined;
  }
  const pulls = accesses
    .map(parseAccess)
    .flatMap(({ level, namespace }) => (level === 'pull' ? (namespace ?? []) : []));
  const { namespace } = parseImage(image);
  if (namespace !== undefined) {
    return pulls.includes(namespace)
      ? undefined
      : `is in none of the namespaces pulled from: ask for pull:${namespace}`;
  }
  if (pulls.length === 0) return 'proves a pull: ask for pull:NAMESPACE';
  return pulls.length === 1
    ? undefined
    : 'might be in any of the namespaces: write NAMESPACE/NAME:TAG';
}

function isAsked(value: unknown): boolean {
  return value !== undefined && value !== false;
}
