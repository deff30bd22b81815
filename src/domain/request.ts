import { z } from 'zod';
import { accessSchema, parseAccess } from './access.ts';
import { PurserError } from './errors.ts';
import { waitSchema } from './first-login.ts';
import { imageSchema, parseImage } from './proof/image.ts';
import { subjectSchema } from './subject.ts';

const ACCESSES_AT_MOST = 20;

// Whoever pastes a token into a reason has it in the workflow's history for good.
const TOKEN =
  /sha256~[A-Za-z0-9_-]{43}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/;

/** A reason, or who asked: a sentence of the caller, without tokens in it. */
export const freeTextSchema = z
  .string()
  .max(500, { error: 'must have at most 500 characters' })
  .refine((text) => !TOKEN.test(text), { error: 'holds what looks like a token; take it out' });

/** The name of a target: what the cluster is called in purser.yaml. */
export const targetSchema = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
  error: 'a target is lower-case letters, digits and "-", at most 63',
});

const accessesSchema = z
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

/** An identity provider's name, as OpenShift allows it (openshift-facts.md 4.1). */
const providerNameSchema = z.string().regex(/^[^:/%\s][^:/%]{0,200}$/, {
  error: 'is no identity provider’s name: it holds none of ":", "/" and "%"',
});

const FOR_PEOPLE = ['waitForLogin', 'provision', 'provider'] as const;

export const onboardRequestSchema = z
  .strictObject({
    target: targetSchema,
    subject: subjectSchema,
    accesses: accessesSchema,
    reason: freeTextSchema.optional(),
    requestedBy: freeTextSchema.optional(),
    prove: proveSchema.default('if-possible'),
    proveAs: z.string().min(1).optional(),
    image: imageSchema.optional(),
    waitForLogin: waitSchema.optional(),
    provision: z.boolean().optional(),
    provider: providerNameSchema.optional(),
    providerUser: freeTextSchema.min(1, { error: 'must not be empty' }).optional(),
  })
  .refine(({ subject, proveAs }) => proveAs === undefined || subject.kind === 'Group', {
    path: ['proveAs'],
    error: 'is for groups: a person or a service account is proven with rights of their own',
  })
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
 * first login is waited for (`7d`); `provider` is the one provider that may vouch for them.
 * `provision` makes User, Identity and mapping for a provider that looks them up; `providerUser` is
 * what that provider calls the person, by default the subject's name. `image` is the one to prove a pull
 * with, by default one that is there.
 */
export type OnboardRequest = Readonly<z.infer<typeof onboardRequestSchema>>;

export const revokeRequestSchema = z.strictObject({
  target: targetSchema,
  subject: subjectSchema,
  accesses: accessesSchema,
  reason: freeTextSchema.optional(),
  requestedBy: freeTextSchema.optional(),
});

/** Input of the workflow `revoke`. */
export type RevokeRequest = Readonly<z.infer<typeof revokeRequestSchema>>;

export const identityCheckRequestSchema = z.strictObject({
  target: targetSchema,
  provider: z.string().min(1, { error: 'must not be empty' }).max(253).optional(),
  user: z.string().min(1, { error: 'must not be empty' }).max(253).optional(),
});

/** Input of the workflow `checkIdentity`: all providers unless one is named; `user` is looked up. */
export type IdentityCheckRequest = Readonly<z.infer<typeof identityCheckRequestSchema>>;

/**
 * Parses a request. Throws `InvalidRequest` that names each wrong field, its value and the way out.
 */
export function parseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new PurserError('InvalidRequest', explain(result.error.issues, input).join('; '));
}

/**
 * One line an issue: `accesses[1]: "pul:team-a" is not an access; write …`. `whole` is what the input
 * is called where no field of it is to blame.
 */
export function explain(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  whole = 'request',
): readonly string[] {
  return issues.map((issue) => {
    const value = issue.path.reduce<unknown>(child, input);
    const isPlain = typeof value === 'string' && !TOKEN.test(value) && value.length <= 100;
    return `${fieldOf(issue.path) || whole}: ${isPlain ? `${JSON.stringify(value)} ` : ''}${issue.message}`;
  });
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

function child(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function fieldOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  return text.replace(/^\./, '');
}
