import { isUserAndPassword } from '../base64.ts';
import type { Line } from '../line.ts';
import type { Name } from './name.ts';
import type { Separator } from './separator.ts';
import type { Value } from './value.ts';
import type { Field } from './widen.ts';
import { isSentence, isHarmlessText, looksGenerated, WORDS_AT_MOST } from './words.ts';

/** Whether what stands where a secret might is none: what is said of it, another field, a sentence. */
export function isNoSecret(line: Line, field: Field, value: Value): boolean {
  const { of } = field.name;
  const shown = line.text.slice(value.start, value.end);
  const text = unwrapped(shown);
  if (shown.startsWith('[REDACTED:')) return true;
  if (of === 'password' && BOOLEAN.test(text)) return isBooleanFlag(line, field, value);
  if (isHarmlessText(text, of)) return true;
  if (of === 'auth') return !isPullSecret(text);
  if (of === 'code' || of === 'made') return !isGenerated(text, of);
  return !value.isQuoted && field.separator.hasBlank && belongsToOther(line, field, value);
}

const CODE_AT_LEAST = 16;

function isGenerated(text: string, of: 'code' | 'made'): boolean {
  if (of === 'code') return text.length >= CODE_AT_LEAST;
  return text.length >= GENERATED_WITHIN || GENERATED.test(text);
}

/** Longer values are made: they are not looked through again and again. */
const GENERATED_WITHIN = 250;
const GENERATED = /^(?=[^\d]*\d)[\w+/=%-]{16,}$/;

/** `{"password":true}` says whether there is one, and so does `hasPassword=true`; `password=true` may be one. */
function isBooleanFlag({ text }: Line, { name, separator }: Field, { isQuoted }: Value): boolean {
  const isAbout = BOOLEAN_NAME.test(text.slice(name.start, name.end));
  return isAbout || (!isQuoted && separator.sign === ':');
}

const BOOLEAN = /^(?:true|false|yes|no|on|off|ok)$/i;
const BOOLEAN_NAME =
  /^-*(?:has|is|uses?|requires?|required|needs?|resets?|allows?|no|with|enabled?|shows?|changes?|must|force|forgot|store|save|validate|check|skip)[-_A-Z]/;

/** Whether a text without quotes, behind a blank, belongs to something else. */
function belongsToOther(line: Line, field: Field, value: Value): boolean {
  const { sign } = field.separator;
  const shown = line.text.slice(value.start, value.end);
  if (sign === '=') return NEXT_ASSIGNMENT.test(shown) || CALL.test(shown);
  return sign === ':' && isStatement(line, field, value);
}

function isStatement({ text }: Line, { name, separator }: Field, { start, end }: Value): boolean {
  const shown = text.slice(start, end);
  if (!name.beginsLine && NEXT_FIELD.test(shown)) return true;
  // `password: strconv.Atoi: …`: errors, one behind the other.
  if (shown.endsWith(':') || PREDICATE.test(text.slice(end, end + 12))) return true;
  if (separator.isNameQuoted || name.isCompound) return false;
  return isProse(shown, name, separator) || (name.of === 'token' && beginsSentence(text, start));
}

// `password= user=bob`, `{Username:bob Password: Token:}`.
const NEXT_ASSIGNMENT = /^[A-Za-z_][\w.-]{0,40}=(?!=|$)/;
const NEXT_FIELD = /^[A-Za-z_]\w{0,30}:(?!\/\/)/;
// `invalid token: selfsubjectreviews.authentication.k8s.io is forbidden`.
const PREDICATE = /^\s(?:is|was|has|are|not|cannot|must|does)\b/;

// `token = self._fetch_token()`: a line of a program.
const CALL = /^[A-Za-z_]\w{0,40}(?:\.\w{1,40}){1,4}\(/;

// `] Token: Next refresh in 47m12s`, up to the next sign that parts two fields.
function beginsSentence(text: string, start: number): boolean {
  const [words = ''] = /^[^,;:="{[]*/.exec(text.slice(start, start + 200)) ?? [];
  return isSentence(words);
}

/** `invalid token: Unauthorized` is a sentence, `bindPassword: x` a field, and `token: 4f9…` a secret. */
function isProse(text: string, name: Name, { isBehindWord }: Separator): boolean {
  return !name.beginsLine && isBehindWord && !looksGenerated(text);
}

// An array of one text is judged as that text is.
function unwrapped(shown: string): string {
  if (shown.length > WORDS_AT_MOST) return shown;
  return shown.replace(/^\s*\\*["']/, '').replace(/\\*["']\s*$/, '');
}

function isPullSecret(text: string): boolean {
  if (text.length > WORDS_AT_MOST) return !/\s/.test(text);
  return isUserAndPassword(text) || (text.length >= 20 && /\d/.test(text) && !/\s/.test(text));
}
