import { z } from 'zod';
import { PurserError } from './errors.ts';
import { isPlainName, isVisible } from './subject.ts';
import { holdsToken } from './inputs/token-text.ts';
import { withoutSecrets } from './redact/redact-lines.ts';

// A failure with very many issues would be too large for Temporal.
const ISSUES_AT_MOST = 20;
const MESSAGE_AT_MOST = 4_000;

const TEXT_AT_MOST = 500;

// Persian, Indian scripts and emoji are spelt with joiners and selectors. A sentence may contain them
// after a character of that kind. A name may not.
const SPELLING =
  /(?<=[^\p{ASCII}\p{Cf}\p{Zs}])[\u200c\u200d]|(?<=[^\p{ASCII}\p{Cf}\p{Zs}\ufe0e\ufe0f])[\ufe0e\ufe0f]/gu;

/**
 * A reason: a sentence of the caller in one line, without tokens or invisible characters. A token in it
 * would stay in the workflow's history.
 */
export const freeTextSchema = z
  .string()
  .max(TEXT_AT_MOST, { error: `must have at most ${TEXT_AT_MOST} characters` })
  // Skipped for a text that is too long: the pattern's cost grows with the square of the length.
  .refine((text) => text.length > TEXT_AT_MOST || !holdsToken(text), {
    error: 'contains what looks like a token; remove it',
  })
  .refine((text) => text.length > TEXT_AT_MOST || isVisible(withoutSpelling(text)), {
    error: 'must be one line without control characters or invisible characters',
  });

/** A text that is read as a name: who requested, or a person's name at a provider. */
export const nameTextSchema = freeTextSchema.refine((text) => isPlainName(text), {
  error: 'must hold no invisible characters, and no blanks around it',
});

/** The name of a target: the cluster's name in purser.yaml. */
export const targetSchema = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
  error: 'a target is lower-case letters, digits and "-", at most 63',
});

/**
 * Parses a request. Throws `InvalidRequest`, which names each wrong field, its value and the fix.
 */
export function parseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = explain(result.error.issues.slice(0, ISSUES_AT_MOST), input);
  throw new PurserError('InvalidRequest', issues.join('; ').slice(0, MESSAGE_AT_MOST));
}

/**
 * One line for each issue: `accesses[1]: "pul:team-a" is not an access; write …`. `whole` names the input
 * if the issue is not about one field. The value of a field for which `isSecret` holds is never shown.
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
    return `${field}: ${quotedValue(value, issue.path)}${issue.message}`;
  });
}

// An unknown setting's name may be the secret itself.
function messageWithoutKeys({ code, message }: z.core.$ZodIssue): string {
  return code === 'unrecognized_keys' ? 'is not a known setting' : message;
}

// Only short values without a token. Invisible characters are shown by their code.
function quotedValue(value: unknown, path: readonly PropertyKey[]): string {
  if (typeof value !== 'string' || value.length > 100 || holdsToken(value)) return '';
  if (isSecretBy(path, value)) return '';
  return `${JSON.stringify(value).replaceAll(/./gsu, (each) => (isVisible(each) ? each : codeOf(each)))} `;
}

// By its form, or by its field's name: `password: …` may be in a place where no schema has a password.
function isSecretBy(path: readonly PropertyKey[], value: string): boolean {
  const field = path.findLast((key) => typeof key === 'string') ?? '';
  return [value, `${field}=${value}`].some((text) => withoutSecrets(text) !== text);
}

function codeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function withoutSpelling(text: string): string {
  return text.replaceAll(SPELLING, '').replaceAll(/\p{Zs}/gu, ' ');
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
