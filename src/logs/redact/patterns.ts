// What a secret looks like in one line of a log. Lines are handed in as latin1 text: a byte a character.

/** One kind of secret, and how it is taken out: the pattern's first group stays, its second goes. */
export interface SecretPattern {
  readonly kind: string;
  /** With the flag `g`. Groups: what stays before the secret, the secret. */
  readonly pattern: RegExp;
  /** Whether what was found is a secret after all. */
  readonly isSecret?: (secret: string) => boolean;
}

/** Names of fields whose value is a secret, with whatever stands before: `REGISTRY_HTTP_SECRET`. */
const FIELD =
  // What docker asks for at each login is no token.
  '(?!offline_token=(?:true|false)(?:[^\\w.-]|$))' +
  '[\\w.-]*?(?:passw(?:or)?d|passphrase|client[-_]?secret|http[-_]?secret|bind[-_]?pw|' +
  'secret[-_]?(?:access[-_]?)?key|account[-_]?key|private[-_]?key|api[-_]?key|' +
  'security[-_]token|(?:access|refresh|id|bearer|session|registry)[-_]?token|token)';

/** In the query of a URL there are more: signatures of links to object storage. */
const PARAMETER = `(?:${FIELD}|[\\w-]*signature|[\\w-]*credential|sig|client_assertion|assertion)`;

/** Fields of a pull secret (`.dockerconfigjson`, `config.json`). */
const PULL_SECRET = '\\.?dockerconfigjson|\\.?dockercfg|auth|identitytoken|registrytoken';

// JSON, also where it is quoted once or more often inside another text: the value ends at the same
// depth of quoting as it began. What is cut off before its end counts to the end of the line.
const json = (names: string): RegExp =>
  new RegExp(`((\\\\*)"(?:${names})\\2"\\s*:\\s*\\2")(?!\\2")(.*?)(?=(?<!\\\\)\\2"|$)`, 'gi');

/** In this order: the more a pattern knows about a secret, the earlier it names it. */
export const PATTERNS: readonly SecretPattern[] = [
  {
    kind: 'private-key',
    pattern: /(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.+?)(?=-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { kind: 'pull-secret', pattern: json(PULL_SECRET) },
  { kind: 'password', pattern: json(FIELD) },
  {
    // `docker-pullable://repo@sha256:…` names an image.
    kind: 'url-credentials',
    pattern: /(\w:\/\/)([^\s/?#"'<>@\\]+)(?=@(?!sha(?:256|512):))/g,
  },
  {
    kind: 'url-parameter',
    pattern: new RegExp(`((?:[?&;]|\\\\u0026|%26)${PARAMETER}=)([^&\\s"'\\\\;<>]+)`, 'gi'),
  },
  {
    kind: 'basic-auth',
    pattern: /(\bauthorization\\*"?\s*[:=]\s*\[?\\*"?basic\s+)([^\s"\\,\]]+)/gi,
  },
  {
    kind: 'bearer-token',
    pattern: /(\bauthorization\\*"?\s*[:=]\s*\[?\\*"?(?:bearer|negotiate)\s+)([^\s"\\,\]]+)/gi,
  },
  { kind: 'jwt', pattern: /((?<![\w-]))(eyJ[\w-]*(?:\.[\w-]*){2,4})/g, isSecret: isJwt },
  { kind: 'bearer-token', pattern: /()(sha256~[\w-]{20,})/g },
  { kind: 'basic-auth', pattern: /(\bbasic\s+)([\w+/-]{8,}={0,2})/gi, isSecret: isUserAndPassword },
  // `Bearer realm="…"` is a challenge, and "bearer authentication failed" a sentence.
  {
    kind: 'bearer-token',
    pattern: /(\bbearer\s+)([\w.~+/-]{8,}=*)(?![\w"=])/gi,
    isSecret: (text) => text.length >= 24 || /\d/.test(text),
  },
  {
    kind: 'password',
    pattern: new RegExp(`((?<![\\w.-])${FIELD}=\\\\*"?)([^\\s"',;&\\\\]+)`, 'gi'),
  },
  {
    kind: 'password',
    pattern: new RegExp(`((?<![\\w.-])--?${FIELD}[= ])([^\\s"'\\\\-][^\\s"'\\\\]*)`, 'gi'),
  },
  // YAML, which only begins a line: "invalid token: Unauthorized" is a sentence.
  {
    kind: 'pull-secret',
    pattern: new RegExp(`(^(?:\\S+Z )?\\s*(?:- )?["']?(?:${PULL_SECRET})["']?:\\s+)(\\S.*)`, 'gi'),
  },
  {
    kind: 'password',
    pattern: new RegExp(`(^(?:\\S+Z )?\\s*(?:- )?["']?${FIELD}["']?:\\s+)(\\S.*)`, 'gi'),
  },
];

// Anything may be named `eyJ.something.else`; a token's first part is a JSON object that names how it
// is signed or encrypted.
function isJwt(text: string): boolean {
  const [head = ''] = text.split('.');
  const decoded = Buffer.from(head, 'base64url').toString('latin1');
  return decoded.startsWith('{"') && decoded.endsWith('}') && decoded.includes('"alg"');
}

function isUserAndPassword(text: string): boolean {
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  // oxlint-disable-next-line no-control-regex -- a name and a password hold no control character
  return /^[^\u0000-\u001f:]*:[^\u0000-\u001f]*$/.test(decoded);
}
