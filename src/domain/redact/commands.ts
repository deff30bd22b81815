import type { Line } from './line.ts';
import type { Find } from './spans.ts';
import { bareValue } from './fields/bare-value.ts';
import { backslashesAt, quotedValue, singleQuotedValue } from './fields/value.ts';
import { isHarmlessText } from './fields/words.ts';

interface Option {
  /** What must stand somewhere before the option. */
  readonly program: RegExp;
  /** Sticky or global; its end is where the value begins. */
  readonly option: RegExp;
  /** Only what follows the first colon is secret: `-u user:password`. */
  readonly isPair?: boolean;
}

const BETWEEN = String.raw`(?:\\{0,8}["'])?[\s,=]{1,4}`;

// Short options mean something else with every program.
const OPTIONS: readonly Option[] = [
  {
    program: /\b(?:login|sshpass|mongo\w{0,8}|kinit|redis-cli|net use)\b/i,
    option: new RegExp(String.raw`(?<=[\s"'[])-p${BETWEEN}`, 'g'),
  },
  {
    program: /\b(?:my\w{0,12}|maria\w{0,12})\b/i,
    option: /(?<=\s)-p(?!ort\b|rotocol\b|ager\b)(?=[^\s=])/g,
  },
  { program: /\bsshpass\b/i, option: /(?<=\s)-p(?=[^\s=])/g },
  { program: /\bldap\w{1,12}\b/i, option: new RegExp(String.raw`(?<=[\s"'[])-w${BETWEEN}`, 'g') },
  {
    program: /\b(?:curl|wget|https?)\b/i,
    option: new RegExp(String.raw`(?<=[\s"'[])(?:-u|--user|--proxy-user)${BETWEEN}`, 'g'),
    isPair: true,
  },
  {
    program: /\bhtpasswd\b/,
    option:
      /(?<=\s)-(?=[A-Za-z]{0,8}b)(?![A-Za-z]{0,8}n)[A-Za-z]{1,9}(?:(?<=C)\s{1,4}\d{1,2})?(?:\s{1,4}[^\s"-][^\s"]{0,200}){2}\s{1,4}/g,
  },
  {
    // To standard output: without a file's name.
    program: /\bhtpasswd\b/,
    option:
      /(?<=\s)-(?=[A-Za-z]{0,8}b)(?=[A-Za-z]{0,8}n)[A-Za-z]{1,9}(?:(?<=C)\s{1,4}\d{1,2})?\s{1,4}(?:""|[^\s"-][^\s"]{0,200})\s{1,4}/g,
  },
  {
    program: /\b(?:machine|default)\s/,
    option: /\blogin\s{1,4}[^\s"]{1,100}\s{1,4}password\s{1,4}/g,
  },
  {
    program: /\bmc\s/,
    option:
      /\balias\s{1,4}set\s{1,4}[^\s"]{1,100}\s{1,4}https?:[^\s"]{1,200}\s{1,4}[^\s"]{1,200}\s{1,4}/g,
  },
  {
    // The old form, without a sign between the two.
    program: /^\s*(?:STEP|Step)\s[\d/]{1,9}\s?:\s(?:ENV|ARG)\s|^\s*ENV\s/,
    option: /\b[A-Z][A-Z\d_]{0,40}(?:PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|PRIVATE_KEY)\s{1,4}/g,
  },
  // As slapd.conf, nslcd.conf and redis.conf have it.
  {
    program: /\b(?:rootpw|bindpw|requirepass|masterauth)\s/,
    option: /\b(?:rootpw|bindpw|requirepass|masterauth)\s{1,8}/g,
  },
  // SQL, and what Redis shows of its commands.
  {
    program: /\bPASSWORD\s|\bIDENTIFIED\s/i,
    option:
      /\b(?:PASSWORD(?:\s{1,4}FOR\s{1,4}[^\s=]{1,100}\s{0,4}=)?|IDENTIFIED(?:\s{1,4}WITH\s{1,4}\w{1,40})?\s{1,4}BY)\s{1,4}(?=')/gi,
  },
  { program: /"AUTH"\s/i, option: /"AUTH"\s{1,4}(?:"[^"]{1,100}"\s{1,4}(?="))?(?=")/gi },
  {
    program: /\bconfigure\s/,
    option: /\bset\s{1,4}[\w.]{0,40}(?:secret_access_key|session_token|password)\s{1,4}/g,
  },
  { program: /^\s*password\s+\S+\s*$/, option: /password\s{1,4}/g },
];

// One of the options, or what stands before a password in files of settings: most lines hold none.
const ANY_OPTION = /-(?<=[\s"'[]-)[-a-z]/i;
const ANY_SETTING =
  /\b(?:login|alias|ENV|ARG|rootpw|bindpw|requirepass|masterauth|configure|identified|password|auth")\s/i;

/** Finds passwords among the arguments of commands, and in the lines of a `.netrc`. */
export function findArguments(line: Line, find: Find): void {
  const content = line.text.slice(line.from, line.end);
  if (!ANY_OPTION.test(content) && (line.isRequest || !ANY_SETTING.test(content))) return;
  for (const { program, option, isPair } of OPTIONS) {
    const named = program.exec(content);
    if (named === null) continue;
    option.lastIndex = line.from + named.index;
    for (let match = option.exec(line.text); match !== null; match = option.exec(line.text)) {
      const isInNext = line.isRequest && line.fieldEnd(match.index) < option.lastIndex;
      // What is taken may hold the option again, and would be gone through each time.
      if (!isInNext) option.lastIndex = redactArgument(line, option.lastIndex, { find, isPair });
    }
  }
}

/** How long the name of a user may be, and what is before it. */
const COLON_WITHIN = 200;

/** Takes the argument at a place, if it is a secret; returns where to go on. */
function redactArgument(
  line: Line,
  at: number,
  { find, isPair = false }: { readonly find: Find; readonly isPair: boolean | undefined },
): number {
  // Before its end is looked for: what is none may hold the next option.
  if (line.text.charAt(at) === '-') return at;
  if (isPair && !line.text.slice(at, at + COLON_WITHIN).includes(':')) return at;
  const { start, end } = argumentAt(line, at);
  const colon = isPair
    ? line.text.slice(start, Math.min(end, start + COLON_WITHIN)).indexOf(':')
    : -1;
  if (isPair && colon === -1) return at;
  const from = start + colon + 1;
  if (isNoPassword(line.text.slice(from, end))) return at;
  find({ start: from, end, kind: 'password' });
  return end;
}

// `mongo -p 27017` gives a port, `-p -h` nothing. What is long is no option, and looked at once.
function isNoPassword(shown: string): boolean {
  return shown === '' || /^(?:-.{0,200}$|\d{1,5}$)/s.test(shown) || isHarmlessText(shown, 'pass');
}

function argumentAt(line: Line, at: number): { readonly start: number; readonly end: number } {
  const { text } = line;
  const depth = backslashesAt(text, at, line.end);
  const sign = text.charAt(at + depth);
  if (sign === '"' && line.fieldEnd(at) !== at) return quotedValue(line, at + depth, depth);
  const quoted = sign === "'" ? singleQuotedValue(line, at + depth, depth) : undefined;
  return quoted ?? bareValue(line, at);
}
