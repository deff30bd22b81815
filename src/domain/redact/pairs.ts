import { valueAt } from './fields/value-at.ts';
import type { Line } from './line.ts';
import { classOfName } from './fields/names.ts';
import type { Find } from './spans.ts';
import { isHarmlessText } from './fields/words.ts';

// The name of a variable as a value: `"name":"DB_PASSWORD"`, `Name:DB_PASSWORD`, `- name: DB_PASSWORD`.
const NAMED =
  /(?<![A-Za-z])(?:name|key|variable)\\{0,8}["']?\s{0,3}[=:]\s{0,3}\\{0,8}["']?([A-Za-z][\w.-]{0,80})(?:\\{0,8}["'])?/gi;
const VALUE =
  /[\s,;{}/]{0,4}(?:[\w.:[\]-]{0,100}\.)?\\{0,8}["']?value\\{0,8}["']?\s{0,3}[=:]\s{0,3}/iy;
const VALUE_BEFORE =
  /\\{0,8}["']?value\\{0,8}["']?\s{0,3}[=:]\s{0,3}\\{0,8}["']?([^"'\\,]{1,200})\\{0,8}["']?[\s,]{1,3}[{"'\\]{0,4}$/i;
const ELEMENT = /env\.\d{1,4}\.(name|value)=/g;
const PATH_AT_END = /[\w.-]{1,100}$/;

/** Whether a line ends with the name of a secret variable, whose value then begins the next one. */
export const NAME_AT_END =
  /(?:name|key)\\{0,8}["']?\s{0,3}[=:]\s{0,3}\\{0,8}["']?([A-Za-z][\w.-]{0,80})\\{0,8}["']?,?\s*$/i;

/**
 * Finds the values of variables that are named beside them, as a Pod's environment is printed, and what
 * the registry's operator logs of a Deployment: `env.9.name="…"` and `env.9.value="…"`.
 */
export function findPairs(line: Line, find: Find): void {
  const { text } = line;
  NAMED.lastIndex = line.from;
  for (let match = NAMED.exec(text); match !== null; match = NAMED.exec(text)) {
    const [, name = ''] = match;
    if (!isSecretName(name)) continue;
    VALUE.lastIndex = NAMED.lastIndex;
    if (VALUE.test(text)) NAMED.lastIndex = redactAt(line, VALUE.lastIndex, find);
    else redactBefore(line, match.index, find);
  }
  const redactedTo = redactSecretData(line, find);
  if (text.includes('.value=')) findElements(line, { find, from: redactedTo });
}

/** Whether a variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const nameClass = classOfName(name);
  return (
    nameClass !== undefined &&
    nameClass !== 'query' &&
    nameClass !== 'code' &&
    nameClass !== 'cookie'
  );
}

/** Takes the value at a place, but not what only says that there is none; returns where to go on. */
function redactAt(line: Line, at: number, find: Find): number {
  const value = valueAt(line, at);
  if (value === undefined || value.end <= value.start) return at;
  const shown = line.text.slice(value.start, value.end);
  // `Value: ValueFrom:&EnvVarSource{…}`
  const isNext =
    !value.isQuoted && /\s/.test(line.text.charAt(at - 1)) && /^[A-Z]\w{0,30}:/.test(shown);
  if (isHarmlessText(shown, 'secret') || isNext) return at;
  find({ start: value.start, end: value.end, kind: 'password' });
  return value.next;
}

function redactBefore(line: Line, at: number, find: Find): void {
  const start = Math.max(line.from, at - 260);
  const before = VALUE_BEFORE.exec(line.text.slice(start, at));
  if (before?.[1] === undefined || isHarmlessText(before[1], 'secret')) return;
  const from =
    start +
    before.index +
    before[0].indexOf(before[1], before[0].toLowerCase().indexOf('value') + 5);
  find({ start: from, end: from + before[1].length, kind: 'password' });
}

// Only what has changed is logged: a value may stand there without its name.
function findElements(
  line: Line,
  { find, from }: { readonly find: Find; readonly from: number },
): void {
  const { text } = line;
  let redactedTo = from;
  const names = new Map<string, string>();
  const values: (readonly [string, number])[] = [];
  ELEMENT.lastIndex = line.from;
  for (let match = ELEMENT.exec(text); match !== null; match = ELEMENT.exec(text)) {
    const [shown, part = ''] = match;
    const before = text.slice(Math.max(line.from, match.index - 100), match.index);
    const element = (PATH_AT_END.exec(before)?.[0] ?? '') + shown.slice(0, -part.length - 2);
    if (part === 'name') names.set(element, text.slice(ELEMENT.lastIndex, ELEMENT.lastIndex + 200));
    else values.push([element, ELEMENT.lastIndex]);
  }
  for (const [element, at] of values) {
    // What looks like another one is part of the value.
    if (at < redactedTo) continue;
    const name = names.get(element);
    if (name === undefined ? isHarmless(text.slice(at, at + 200)) : !namesSecret(name)) continue;
    redactedTo = redactAt(line, at, find);
  }
}

const DATA = /(?:changed|added|removed):(?:data|stringData)\.[\w.-]{1,200}=/g;

/** Takes all that the operator logs of a Secret, whatever its name; returns where the last ends. */
function redactSecretData(line: Line, find: Find): number {
  if (!/\*v1\.Secret\b/.test(line.text)) return 0;
  let end = 0;
  DATA.lastIndex = line.from;
  while (DATA.test(line.text)) {
    end = redactAt(line, DATA.lastIndex, find);
    DATA.lastIndex = Math.max(end, DATA.lastIndex);
  }
  return end;
}

function namesSecret(shown: string): boolean {
  const [change = ''] = /^(?:"[^"]*"|\{"[^"]*" -> "[^"]*"\})/.exec(shown) ?? [];
  return (change.match(/[\w.-]+/g) ?? []).some(isSecretName);
}

// A switch, a number, a path, an address.
function isHarmless(shown: string): boolean {
  const [, change = ''] = /^(?:\{)?((?:"[^"]*"(?: -> )?){1,2})/.exec(shown) ?? [];
  const values = change.match(/"[^"]*"/g) ?? [];
  return (
    values.length > 0 &&
    values.every((value) =>
      /^"(?:true|false|\d{0,6}|nil|[a-z]{1,12}|:?\d+|\/[\w./-]*|https?:\/\/[\w.:/-]+)"$/.test(
        value,
      ),
    )
  );
}
