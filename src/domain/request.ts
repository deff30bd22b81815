import { z } from 'zod';
import { PurserError } from './errors.ts';
import { isPlainName, isSeen } from './subject.ts';
import { holdsToken } from './inputs/token-text.ts';
import { withoutSecrets } from './redact/redact-lines.ts';

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

function child(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function fieldOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  return text.replace(/^\./, '');
}
