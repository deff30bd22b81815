import { authorizationValue, cookieValue } from './headers.ts';
import type { Line } from '../line.ts';
import type { Find } from '../spans.ts';
import type { ValueContext } from './bare-value.ts';
import { isNoSecret } from './no-secret.ts';
import { nameAround } from './name.ts';
import type { Name } from './name.ts';
import { separatorAfter } from './separator.ts';
import { valueAt } from './value-at.ts';
import { bracketedValue } from './value.ts';
import type { Value } from './value.ts';
import { elementText, widened } from './widen.ts';
import type { Field } from './widen.ts';

const WORDS =
  /pass|p?wd|psw|pw|secret|token|key|auth|cred|cookie|sig|assertion|bearer|dockerc|code|otp|psk|saml/gi;

/**
 * Finds the secrets that are values of fields: `name=value`, `"name": "value"`, `name: value`,
 * `<name>value</name>`, `--name value`, in whatever program's form, also where it is quoted once or more
 * often inside another text. Every place is looked at a bounded number of times.
 */
export function findFields(line: Line, find: Find): void {
  WORDS.lastIndex = line.from;
  while (WORDS.test(line.text)) {
    const at = WORDS.lastIndex - 1;
    const name = nameAround(line, at);
    const next = 'of' in name ? findValue(line, name, find) : undefined;
    WORDS.lastIndex = Math.max(next ?? 0, name.end, at + 1);
  }
}

/** Finds the value that belongs to a name; returns where to go on behind it, undefined where there is none. */
function findValue(line: Line, name: Name, find: Find): number | undefined {
  const separator = separatorAfter(line, name);
  if (separator === undefined) return undefined;
  if (name.of === 'authorization') return authorizationValue(line, separator.end, find);
  if (name.of === 'cookie') return cookieValue(line, separator.end, find);
  return takeValue(line, { name, separator }, find);
}

function takeValue(line: Line, field: Field, find: Find): number | undefined {
  const value = isOfItsForm(line, field) ? valueOf(line, field) : undefined;
  if (value === undefined || isNoSecret(line, field, value)) return undefined;
  find({ start: value.start, end: value.end, kind: kindOf(field.name) });
  return value.next;
}

const LIST_OF_TEXTS = /^\[\s{0,4}\\{0,8}"/;

// What may be long and no secret is not looked through: it might be again and again.
function isOfItsForm({ text }: Line, { name, separator }: Field): boolean {
  const begin = text.slice(separator.end, separator.end + 14);
  if (name.of === 'list') return LIST_OF_TEXTS.test(begin);
  return name.of !== 'auth' || !/^[[{]/.test(begin);
}

// `"passwords":{"alice":"x"}`: by whose they are.
const OF_MANY = /passwords$/i;

function valueOf(line: Line, field: Field): Value | undefined {
  const { name, separator } = field;
  const isOfMany = /^\{[^{]/.test(line.text.slice(separator.end, separator.end + 2));
  if (isOfMany && OF_MANY.test(line.text.slice(name.start, name.end))) {
    const { start, end, ...all } = bracketedValue(line, separator.end);
    return end > start ? { ...all, start, end } : undefined;
  }
  const value =
    separator.sign === '>'
      ? elementText(line, separator.end)
      : valueAt(line, separator.end, whereOf(field));
  if (value === undefined || value.end <= value.start) return undefined;
  return value.isQuoted ? value : widened(line, { name, separator }, value);
}

function whereOf({ name, separator }: Field): ValueContext {
  if (separator.isEncoded) return 'encoded';
  return name.isQuery ? 'query' : 'text';
}

function kindOf({ of, isQuery }: Name): string {
  if (of === 'auth' || of === 'pull-secret') return 'pull-secret';
  return isQuery ? 'url-parameter' : 'password';
}
