/**
 * What the name of a field says of its value. `secret`: a secret, or what a Kubernetes Secret is called.
 * `query`: a secret only in the query of a URL. `auth`: a pull secret's, or the word for a method. `made`:
 * only where the value looks it, for names that mean other things as well (`routing_key`, `tls.key`).
 */
export type NameClass =
  | 'password'
  | 'pass'
  | 'token'
  | 'secret'
  | 'auth'
  | 'pull-secret'
  | 'authorization'
  | 'cookie'
  | 'query'
  | 'code'
  | 'made'
  | 'list';

/** Names are a few words over and over; so many are remembered. */
const CACHED_AT_MOST = 2_000;
const cache = new Map<string, NameClass | 'none'>();

/** What a field's name, as it is written in any program's manner, says of its value; undefined: nothing. */
export function classOfName(name: string): NameClass | undefined {
  const cached = cache.get(name);
  if (cached !== undefined) return cached === 'none' ? undefined : cached;
  const nameClass = classify(name);
  if (cache.size >= CACHED_AT_MOST) cache.clear();
  cache.set(name, nameClass ?? 'none');
  return nameClass;
}

/** `next_page_token`, `bindPW`, `DBPassword`, `X-Auth-Token` as words in small letters. */
export function wordsOfName(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

// `password_confirmation`, `tokenValue`, `PASSWORD_2`: as secret as what they are of.
const DECORATION =
  /^(?:\d+|value|text|string|hash|hashed|confirm|confirmation|again|repeat|old|new|current|original|plain|plaintext|clear|cleartext|base64|b64|encoded|enc|encrypted|raw|data)$/;
const GLUED =
  /(password|passwd|passphrase|token|secret|pwd)(?:\d+|value|hash|confirmation|confirm|text)$/;

// `failed to list *v1.Secret: Get "https://…"`
const GO_TYPE = /^v\d{1,2}(?:(?:alpha|beta)\d{1,2})?\.[A-Z]\w*$/;

function classify(name: string): NameClass | undefined {
  if (GO_TYPE.test(name)) return undefined;
  const words = [...wordsOfName(name)];
  if (/key[-_.]?data$/i.test(name)) return 'made';
  while (words.length > 1 && DECORATION.test(words.at(-1) ?? '')) words.pop();
  const last = (words.pop() ?? '').replace(GLUED, '$1').replace(/(?<=[a-z])\d{1,3}$/, '');
  const whole = words.join('') + last;
  return (
    WHOLE.get(whole) ??
    RULES.find(([pattern]) => pattern.test(whole))?.[1] ??
    classOfLastWord(name, words, last)
  );
}

const WHOLE: ReadonlyMap<string, NameClass> = new Map([
  ['auth', 'auth'],
  ['xregistryauth', 'pull-secret'],
  ['xregistryconfig', 'pull-secret'],
  ['cookie', 'cookie'],
  ['setcookie', 'cookie'],
  ['httpcookie', 'cookie'],
  ['code', 'code'],
  ['sig', 'query'],
  ['tempurlsig', 'query'],
]);

// Names as one word in small letters. The first that fits.
const RULES: readonly (readonly [RegExp, NameClass | undefined])[] = [
  [/authorization$/, 'authorization'],
  [/headers?(?:set)?cookie$/, 'cookie'],
  [/dockerconfigjson$|dockercfg$|^(?:identity|registry)token$/, 'pull-secret'],
  [/(?:password|passwort|passwd|passphrase|passcode|pswd|passwords)$/, 'password'],
  // Places in a list and pieces of a text, and no credentials.
  [
    /(?:page|next|continue|continuation|pagination|sync|resume|resumption|cursor|skip|stop|cancel|unexpected|eos|bos|pad)token$/,
    undefined,
  ],
  [/tokens$|secretkeys$|apikeys$/, 'list'],
  [/token$|^bearer$/, 'token'],
  [
    /(?:client|http|app|application|shared|api|consumer|oauth2?|webhook|signing|session|hmac|jwt|cookie|storage|accesskey|access|token|aws|s3|user|db|totp)secret$/,
    'password',
  ],
  [
    /(?:secret|secretaccess|account|storage|sharedaccess|shared|private|api|auth|encryption|signing|master|license|session|hmac|deploy|subscription|application|app|ssh|consumer|functions?|tempurl)key$|secretkeybase$|^(?:wifi|wpa)?psk$/,
    'password',
  ],
  [/sharedaccesssignature$|^creds$|(?:src|dest|source|destination)creds$|^t?otp$/, 'password'],
  [/secret(?:id|string|binary)?$/, 'secret'],
  [
    /(?:db|user|root|admin|bind|ldap|mysql|pg|redis|smtp|mail|key|store|trust|ftp|http|proxy|su|sa|sys)(?:pass|pwd|psw|pw)$/,
    'password',
  ],
  [/(?:certificate|routing|service|integration|tls|host)key$|saml(?:response|request)$/, 'made'],
  [/codeverifier$|authtok$|securitycredentials$/, 'password'],
  [/signature$|credential$|assertion$/, 'query'],
];

function classOfLastWord(
  name: string,
  before: readonly string[],
  last: string,
): NameClass | undefined {
  if (/^(?:pwd|psw|pw)$/.test(last)) return 'password';
  if (last !== 'pass') return undefined;
  return before.length > 0 && !name.includes(' ') ? 'password' : 'pass';
}
