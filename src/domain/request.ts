import { z } from 'zod';
import { accessSchema, parseAccess } from '../access/model/access.ts';
import { PurserError } from './errors.ts';
import { waitSchema } from '../access/model/first-login.ts';
import {
  isPlainName,
  isSeen,
  plainNameSchema,
  recordedSubjectSchema,
  subjectSchema,
  userNameSchema,
} from './subject.ts';
import type { Subject } from './subject.ts';
import { holdsToken } from './inputs/token-text.ts';
import { withoutSecrets } from './redact/redact-lines.ts';
import { imageSchema, parseImage } from '../access/model/proof/image.ts';

const ACCESSES_AT_MOST = 20;
// A long list of nonsense would make a failure that is too large for Temporal.
const ISSUES_AT_MOST = 20;
const MESSAGE_AT_MOST = 4_000;

const TEXT_AT_MOST = 500;

// Joiners and selectors belong to the spelling of Persian, of Indian scripts and of emoji: there, and
// only after a character of that kind, a sentence may hold them. A name may not.
const SPELT =
  /(?<=[^\p{ASCII}\p{Cf}\p{Zs}])[\u200c\u200d]|(?<=[^\p{ASCII}\p{Cf}\p{Zs}\ufe0e\ufe0f])[\ufe0e\ufe0f]/gu;

/**
 * A reason: a sentence of the caller in one line, without tokens or invisible characters in it. Whoever
 * pastes a token into it would have it in the workflow's history for good.
 */
export const freeTextSchema = z
  .string()
  .max(TEXT_AT_MOST, { error: `must have at most ${TEXT_AT_MOST} characters` })
  // A text that is too long is not searched: the pattern's cost grows with the square of the length.
  .refine((text) => text.length > TEXT_AT_MOST || !holdsToken(text), {
    error: 'holds what looks like a token; take it out',
  })
  .refine((text) => text.length > TEXT_AT_MOST || isSeen(withoutSpelling(text)), {
    error: 'must be one line without control characters or invisible characters',
  });

/** Who asked, or what a provider calls somebody: a text that is read as a name. */
export const nameTextSchema = freeTextSchema.refine((text) => isPlainName(text), {
  error: 'must hold no invisible characters, and no blanks around it',
});

/** The name of a target: what the cluster is called in purser.yaml. */
export const targetSchema = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
  error: 'a target is lower-case letters, digits and "-", at most 63',
});

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

/** An identity provider's name, as OpenShift allows it (openshift-facts.md 4.1). */
export const providerNameSchema = plainNameSchema.regex(/^[^:/%\s][^:/%]{0,200}$/, {
  error: 'is no identity provider’s name: it holds none of ":", "/" and "%"',
});

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
 * types need it (src/identity/model/calling.ts). `image` is the one to prove a pull with, by default one that
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

export const identityCheckRequestSchema = z.strictObject({
  target: targetSchema,
  provider: plainNameSchema.optional(),
  user: plainNameSchema.optional(),
});

/** Input of the workflow `checkIdentity`: all providers unless one is named; `user` is looked up. */
export type IdentityCheckRequest = Readonly<z.infer<typeof identityCheckRequestSchema>>;

/**
 * Parses a request. Throws `InvalidRequest` that names each wrong field, its value and the way out.
 */
export function parseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = explain(result.error.issues.slice(0, ISSUES_AT_MOST), input);
  throw new PurserError('InvalidRequest', issues.join('; ').slice(0, MESSAGE_AT_MOST));
}

/**
 * One line an issue: `accesses[1]: "pul:team-a" is not an access; write …`. `whole` is what the input
 * is called where no field of it is to blame; the value of a field that `isSecret` is never repeated.
 */
export function explain(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  whole = 'request',
  isSecret: (path: readonly PropertyKey[]) => boolean = () => false,
): readonly string[] {
  return issues.map((issue) => {
    const value = issue.path.reduce<unknown>(child, input);
    const field = fieldOf(issue.path) || whole;
    if (isSecret(issue.path)) return `${field}: ${messageWithoutKeys(issue)}`;
    return `${field}: ${repeated(value, issue.path)}${issue.message}`;
  });
}

// What stands in place of a setting's name may be the secret itself.
function messageWithoutKeys({ code, message }: z.core.$ZodIssue): string {
  return code === 'unrecognized_keys' ? 'a setting that there is not' : message;
}

// Short values only, and none with a token in it. What cannot be seen is shown by its code.
function repeated(value: unknown, path: readonly PropertyKey[]): string {
  if (typeof value !== 'string' || value.length > 100 || holdsToken(value)) return '';
  if (isSecretBy(path, value)) return '';
  return `${JSON.stringify(value).replaceAll(/./gsu, (each) => (isSeen(each) ? each : codeOf(each)))} `;
}

// By its looks, or by what its field is called: `password: …` may stand where no schema has one.
function isSecretBy(path: readonly PropertyKey[], value: string): boolean {
  const field = path.findLast((key) => typeof key === 'string') ?? '';
  return [value, `${field}=${value}`].some((text) => withoutSecrets(text) !== text);
}

function codeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function withoutSpelling(text: string): string {
  return text.replaceAll(SPELT, '').replaceAll(/\p{Zs}/gu, ' ');
}

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

function child(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function fieldOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  return text.replace(/^\./, '');
}
