import { z } from 'zod';

// A person's name, and before it the prefix that an external issuer is configured with.
const RECORDED_AT_MOST = 1_024;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

// A binding to one of these opens the registry to everybody, which no onboarding should do in passing.
const EVERYBODY = ['system:authenticated', 'system:unauthenticated', 'system:authenticated:oauth'];

/** The groups that get nothing on any target, whatever its configuration says. */
export const NEVER_GIVEN: readonly string[] = [...EVERYBODY, 'system:masters'];

// Control and format characters (C0 and C1, zero-width, bidi, tags), line and paragraph separators,
// what is ignored when it is shown (variation selectors, fillers), the blank of Braille, and every
// blank but the plain one: two names that look the same must be the same.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]|(?! )\p{Zs}/u;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');

const UNSEEN_ERROR = 'must hold no control characters, invisible characters or blanks around it';

/** Whether nothing in a text is invisible, or a blank that only looks like one. */
export function isSeen(text: string): boolean {
  return !UNSEEN.test(text);
}

/** A text with something else in the place of each character that {@link isSeen} does not let pass. */
export function replaceUnseen(text: string, replace: (character: string) => string): string {
  return text.replaceAll(ALL_UNSEEN, replace);
}

/** A name that people read and compare: nothing in it is invisible, and no blanks are around it. */
export function isPlainName(name: string): boolean {
  return isSeen(name) && name.trim() === name;
}

/** A name of somebody or something outside, as {@link isPlainName} wants it, of 1 to 253 characters. */
export const plainNameSchema = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(253, { error: 'must have at most 253 characters' })
  .refine(isPlainName, { error: UNSEEN_ERROR });

/** A namespace's name: a DNS label (RFC 1123). */
export const namespaceSchema = z
  .string()
  .regex(DNS_LABEL, { error: 'a namespace is lower-case letters, digits and "-", at most 63' });

const personName = plainNameSchema
  .refine((name) => name.isWellFormed(), { error: 'must be Unicode' })
  .refine((name) => !['.', '..', '~'].includes(name), { error: 'is not a name OpenShift takes' });

/** The name of a person who is to be given something, or by whom a proof is made. */
export const userNameSchema = personName.refine((name) => !/^(system:|kube:admin$)/.test(name), {
  error:
    "is one of the cluster's own identities; write ServiceAccount for system:serviceaccount:…, " +
    'and bring a person of your identity provider on board instead of kube:admin',
});

const serviceAccountSchema = z.strictObject({
  kind: z.literal('ServiceAccount'),
  namespace: namespaceSchema,
  name: z.string().regex(DNS_NAME, { error: "is not a service account's name" }),
});

/**
 * Who is to be given an access: `{kind: 'User' | 'Group', name}` or
 * `{kind: 'ServiceAccount', namespace, name}`. User names are not narrowed to OpenShift's rules,
 * because with an external OIDC issuer they may hold `:`, `/` and `#` (openshift-facts.md 4.6).
 * What a target's configuration says of them is src/access/model/policy.ts.
 */
export const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('User'), name: userNameSchema }),
  z.strictObject({
    kind: z.literal('Group'),
    name: personName.refine((name) => !NEVER_GIVEN.includes(name), {
      error:
        'would open the registry to everybody (or is system:masters); Purser does not grant that',
    }),
  }),
  serviceAccountSchema,
]);

export type Subject = Readonly<z.infer<typeof subjectSchema>>;

/** The name of somebody to whom something was given already, by whatever rules. */
export const recordedNameSchema = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(RECORDED_AT_MOST, { error: `must have at most ${RECORDED_AT_MOST} characters` })
  .refine((name) => name.isWellFormed(), { error: 'must be Unicode' });

/**
 * Who holds an access already. Of the same form as {@link subjectSchema}, but without its rules: what
 * was granted under older rules, or with a prefix of an issuer's, must be taken back under any.
 */
export const recordedSubjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('User'), name: recordedNameSchema }),
  z.strictObject({ kind: z.literal('Group'), name: recordedNameSchema }),
  serviceAccountSchema,
]);

/**
 * Why no User object can have a name, so that nobody will ever log in under it on a cluster that keeps
 * Users; undefined where one can. A colon only stands where `b64:` begins it (openshift-facts.md 4.1;
 * ValidateUserName of apiserver-library-go).
 */
export function whyNoUser(name: string): string | undefined {
  const banned = name.startsWith('b64:') ? ['/', '%'] : [':', '/', '%'];
  const held = banned.find((each) => name.includes(each));
  return held === undefined ? undefined : `no user name of OpenShift's holds "${held}"`;
}

/**
 * `alice`, `Group/devs`, `ServiceAccount/team-a:ci`: a subject as people write it, so that
 * {@link parseSubject} and {@link parseTyped} read the same out of it.
 */
export function formatSubject(subject: Subject): string {
  const isPlain = subject.kind === 'User' && parseTyped(subject.name)['name'] === subject.name;
  return isPlain ? subject.name : `${subject.kind}/${subjectKey(subject)}`;
}

/** The subject's name inside ids and on the screen; a service account's is `<namespace>:<name>`. */
export function subjectKey(subject: Subject): string {
  return subject.kind === 'ServiceAccount' ? `${subject.namespace}:${subject.name}` : subject.name;
}

/** The user name the API server knows the subject by; undefined for a group, which cannot log in. */
export function userNameOf(subject: Subject): string | undefined {
  if (subject.kind === 'Group') return undefined;
  if (subject.kind === 'User') return subject.name;
  return `system:serviceaccount:${subject.namespace}:${subject.name}`;
}

/** The groups that a service account has by nature (Kubernetes documentation, "Authenticating"). */
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
 * Reads what a person types: as {@link parseSubject}, with the kinds in any letters, and `sa` for a service
 * account. What stands before another slash is a part of the name.
 */
export function parseTyped(text: string): Record<string, string> {
  const [, word = '', rest = ''] = /^([a-z]+)\/(.*)$/is.exec(text) ?? [];
  const key = word.toLowerCase();
  return parseSubject(Object.hasOwn(KINDS, key) ? `${KINDS[key]}/${rest}` : text);
}

/**
 * Reads what {@link formatSubject} writes: `alice`, `User/alice`, `Group/devs`, `ServiceAccount/team-a:ci`,
 * `system:serviceaccount:team-a:ci`. The result is unchecked: {@link subjectSchema} judges it.
 */
export function parseSubject(text: string): Record<string, string> {
  const long = /^system:serviceaccount:([^:]+):(.+)$/.exec(text);
  if (long) return serviceAccount(long[1], long[2]);
  const kinded = /^(User|Group|ServiceAccount)\/(.*)$/s.exec(text);
  if (kinded === null) return { kind: 'User', name: text };
  const [, kind = '', rest = ''] = kinded;
  if (kind !== 'ServiceAccount') return { kind, name: rest };
  const [namespace, ...name] = rest.split(':');
  return serviceAccount(namespace, name.join(':'));
}

function serviceAccount(namespace = '', name = ''): Record<string, string> {
  return { kind: 'ServiceAccount', namespace, name };
}
