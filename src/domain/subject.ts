import { z } from 'zod';

// A person's name, and before it the prefix that an external issuer is configured with.
const RECORDED_AT_MOST = 1_024;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

// A binding to one of these opens the registry to all users. An onboarding must not do that by accident.
const ALL_USERS = ['system:authenticated', 'system:unauthenticated', 'system:authenticated:oauth'];

/** The groups that never get an access on any target, whatever its configuration says. */
export const NEVER_GRANTED: readonly string[] = [...ALL_USERS, 'system:masters'];

// Control and format characters (C0 and C1, zero-width, bidi, tags), line and paragraph separators, and
// default-ignorable characters (variation selectors, fillers). Also the blank of Braille, and every
// blank but the plain one. Two names that look the same must be the same.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]|(?! )\p{Zs}/u;
const ALL_INVISIBLE = new RegExp(INVISIBLE, 'gu');

const INVISIBLE_ERROR = 'must hold no control characters, invisible characters or blanks around it';

/** Whether a text has no invisible characters, and no blanks but the plain one. */
export function isVisible(text: string): boolean {
  return !INVISIBLE.test(text);
}

/** Replaces each character that {@link isVisible} does not allow. */
export function replaceInvisible(text: string, replace: (character: string) => string): string {
  return text.replaceAll(ALL_INVISIBLE, replace);
}

/** Whether people can read and compare a name: no invisible characters, and no blanks around it. */
export function isPlainName(name: string): boolean {
  return isVisible(name) && name.trim() === name;
}

/** A name from outside, of 1 to 253 characters, as {@link isPlainName} requires. */
export const plainNameSchema = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(253, { error: 'must have at most 253 characters' })
  .refine(isPlainName, { error: INVISIBLE_ERROR });

/** A namespace's name: a DNS label (RFC 1123). */
export const namespaceSchema = z
  .string()
  .regex(DNS_LABEL, { error: 'a namespace is lower-case letters, digits and "-", at most 63' });

const personName = plainNameSchema
  .refine((name) => name.isWellFormed(), { error: 'must be Unicode' })
  .refine((name) => !['.', '..', '~'].includes(name), {
    error: 'is not a name that OpenShift accepts',
  });

/** The name of a person who gets an access, or with whose rights an access is proven. */
export const userNameSchema = personName.refine((name) => !/^(system:|kube:admin$)/.test(name), {
  error:
    "is one of the cluster's own identities; write ServiceAccount for system:serviceaccount:…, " +
    'and onboard a person of your identity provider instead of kube:admin',
});

const serviceAccountSchema = z.strictObject({
  kind: z.literal('ServiceAccount'),
  namespace: namespaceSchema,
  name: z.string().regex(DNS_NAME, { error: "is not a service account's name" }),
});

/**
 * Who gets an access: `{kind: 'User' | 'Group', name}` or `{kind: 'ServiceAccount', namespace, name}`.
 * User names need not follow OpenShift's rules: with an external OIDC issuer they may contain `:`, `/`
 * and `#` (openshift-facts.md 4.6). The target's own policy is src/access/model/policy.ts.
 */
export const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('User'), name: userNameSchema }),
  z.strictObject({
    kind: z.literal('Group'),
    name: personName.refine((name) => !NEVER_GRANTED.includes(name), {
      error:
        'would open the registry to all users (or is system:masters); Purser does not grant that',
    }),
  }),
  serviceAccountSchema,
]);

export type Subject = Readonly<z.infer<typeof subjectSchema>>;

/** The name of a subject that has an access already, whatever rules it was granted under. */
export const recordedNameSchema = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(RECORDED_AT_MOST, { error: `must have at most ${RECORDED_AT_MOST} characters` })
  .refine((name) => name.isWellFormed(), { error: 'must be Unicode' });

/**
 * Who has an access already. Same form as {@link subjectSchema}, but without its rules: an access that
 * was granted under older rules, or with an issuer's prefix, must still be revocable.
 */
export const recordedSubjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('User'), name: recordedNameSchema }),
  z.strictObject({ kind: z.literal('Group'), name: recordedNameSchema }),
  serviceAccountSchema,
]);

/**
 * Why no User object can have this name; undefined if one can. On a cluster that keeps Users, no person
 * can log in under such a name. A colon is only allowed after a leading `b64` (openshift-facts.md 4.1;
 * ValidateUserName of apiserver-library-go).
 */
export function userNameProblem(name: string): string | undefined {
  const banned = name.startsWith('b64:') ? ['/', '%'] : [':', '/', '%'];
  const character = banned.find((each) => name.includes(each));
  return character === undefined
    ? undefined
    : `OpenShift's user names cannot contain "${character}"`;
}

/**
 * `alice`, `Group/devs`, `ServiceAccount/team-a:ci`: a subject as people write it, so that
 * {@link parseSubject} and {@link parseTyped} read the same out of it.
 */
export function formatSubject(subject: Subject): string {
  const isPlain = subject.kind === 'User' && parseTyped(subject.name)['name'] === subject.name;
  return isPlain ? subject.name : `${subject.kind}/${subjectKey(subject)}`;
}

/** The subject's name in ids and output; a service account's is `<namespace>:<name>`. */
export function subjectKey(subject: Subject): string {
  return subject.kind === 'ServiceAccount' ? `${subject.namespace}:${subject.name}` : subject.name;
}

/** The subject's user name at the API server; undefined for a group, which cannot log in. */
export function userNameOf(subject: Subject): string | undefined {
  if (subject.kind === 'Group') return undefined;
  if (subject.kind === 'User') return subject.name;
  return `system:serviceaccount:${subject.namespace}:${subject.name}`;
}

/** The groups of every service account (Kubernetes documentation, "Authenticating"). */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

const KINDS: Readonly<Record<string, Subject['kind']>> = {
  user: 'User',
  group: 'Group',
  sa: 'ServiceAccount',
  serviceaccount: 'ServiceAccount',
};

/**
 * Reads what a person types: as {@link parseSubject}, but the kinds are case-insensitive, and `sa` is
 * short for ServiceAccount. Any other text before a slash is part of the name.
 */
export function parseTyped(text: string): Record<string, string> {
  const [, word = '', rest = ''] = /^([a-z]+)\/(.*)$/is.exec(text) ?? [];
  const key = word.toLowerCase();
  return parseSubject(Object.hasOwn(KINDS, key) ? `${KINDS[key]}/${rest}` : text);
}

/**
 * Reads what {@link formatSubject} writes: `alice`, `User/alice`, `Group/devs`, `ServiceAccount/team-a:ci`,
 * `system:serviceaccount:team-a:ci`. The result is not validated yet: {@link subjectSchema} does that.
 */
export function parseSubject(text: string): Record<string, string> {
  const long = /^system:serviceaccount:([^:]+):(.+)$/.exec(text);
  if (long) return serviceAccount(long[1], long[2]);
  const withKind = /^(User|Group|ServiceAccount)\/(.*)$/s.exec(text);
  if (withKind === null) return { kind: 'User', name: text };
  const [, kind = '', rest = ''] = withKind;
  if (kind !== 'ServiceAccount') return { kind, name: rest };
  const [namespace, ...name] = rest.split(':');
  return serviceAccount(namespace, name.join(':'));
}

function serviceAccount(namespace = '', name = ''): Record<string, string> {
  return { kind: 'ServiceAccount', namespace, name };
}
