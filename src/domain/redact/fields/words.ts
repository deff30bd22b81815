import type { NameClass } from './names.ts';

/** No longer value is taken for words: what is looked at twice must stay short. */
export const WORDS_AT_MOST = 64;

// What programs say of a secret in place of it.
const STATUS_WORDS =
  'absent|accepted|active|allowed|anonymous|available|bad|blank|cached|cannot|changed|checked|cleared|configured|could|created|default|defined|deleted|denied|deprecated|detected|disabled|does|empty|enabled|error|exists|expired|fail|failed|failure|false|file|files|for|forbidden|found|from|generated|given|granted|has|hidden|ignored|in|inactive|incorrect|insufficient|invalid|is|issued|loaded|malformed|masked|mismatch|mismatched|missing|must|never|nil|no|none|not|null|off|ok|okay|omitted|on|optional|or|pending|present|protected|provided|read|redacted|refreshed|refused|rejected|removed|renewed|replayed|required|requires|reset|revoked|rotated|same|set|should|skipped|static|succeeded|success|successful|too|true|unauthorized|unauthenticated|unavailable|unchanged|undefined|unexpected|unknown|unrecognized|unset|unspecified|unsupported|unused|updated|used|using|valid|validated|verified|via|was|were|will|wrong|yes';
const WORD = new RegExp(`^(?:${STATUS_WORDS})$`, 'i');
const SENTENCE = new RegExp(`^(?:${STATUS_WORDS}|can|with|without|have)[\\s:]`, 'i');

// What stands for a secret: `****`, `<redacted>`, `${PASSWORD}`, `{{ .Values.password }}`, `%s`, `(*string)(nil)`.
const PLACEHOLDER =
  /^(?:\*+|[|>][+-]?|x{3,}|\.{2,}|-+|…+|(?:\xe2\x80[\xa2\xa6])+|<[^<>]{0,60}>?|\((?:none|redacted|hidden|sensitive|secret|masked|empty|unset|unknown|omitted)\)?|\[?REDACTED\b.*|\$\{.{0,60}|\$\(.{0,60}|\{\{.{0,60}|%[a-z]|%\w{1,40}%|0x[\da-f]{6,16}|\(\*?[\w.*]{1,50}\)\((?:nil|<nil>|0x[\da-f]{6,16})\)?|[,.;:!?()[\]{}]+)$/i;

const VARIABLE = /^\$[A-Z][A-Z_]{2,40}$/;

const METHODS =
  /^(?:basic|bearer|oauth2?|oidc|openid|ldap|token|tokens|password|passwords|htpasswd|kerberos|saml|x509|jwt|krb5|ntlm|digest|negotiate|local|pam|peer|trust|md5|scram-sha-(?:1|256)|plain|login|client_credentials|refresh_token|access_token|authorization_code|kubernetes|openshift|eof|cert|certificate|sessions?|cookie)$/i;

const PATH =
  /^(?:file:\/\/)?(?:~|\.{1,2}|\/(?:var|etc|run|tmp|home|usr|opt|root|mnt|data|srv|secrets?|dev|proc))\/[\w.@/-]*$/;
const PLAIN_URL = /^https?:\/\/[\w.:-]+(?:\/[\w./~-]{0,60})?$/;
const TYPE_NAME = /^(?:[a-z]+\.)+[a-z]+\/[a-z-]+$/;
const SPAN_OF_TIME = /^\d{1,6}(?:\.\d+)?(?:ns|us|ms|s|m|h|d)(?:\d{1,2}[ms])*$/;
const RESOURCE = /^(?:[a-z][a-z0-9-]*\/)?[a-z]{2,}(?:[-.](?:[a-z]{1,20}|[a-z0-9]{1,5}))+$/;
const RESOURCE_IN_NAMESPACE = /^[a-z][a-z-]*\/[a-z][a-z-]*$/;

/**
 * Whether a value is what is said of a secret, and none: `missing`, `not configured`, `<redacted>`, a
 * file's name; for a field that may name a Kubernetes Secret, what one is called.
 */
export function isHarmlessText(value: string, of: NameClass): boolean {
  if (value.length > WORDS_AT_MOST) return false;
  const known = cache.get(of);
  if (known?.has(value) === true) return true;
  const text = value.trim().replace(/[.,;:!]+$/, '');
  const isHarmless =
    text === '' ||
    NOTHING.some((pattern) => pattern.test(text)) ||
    (WORDS_OF[of] ?? OTHERS).some((pattern) => pattern.test(text));
  if (isHarmless) remember(value, of);
  return isHarmless;
}

/** Programs say the same over and over. Only what is no secret is remembered. */
const cache = new Map<NameClass, Set<string>>();
const CACHED_AT_MOST = 500;

function remember(value: string, of: NameClass): void {
  const known = cache.get(of);
  if (known === undefined || known.size >= CACHED_AT_MOST) cache.set(of, new Set([value]));
  else known.add(value);
}

const NO_ANSWER = /^(?:n\/a|n\.a|tbd|todo|see above)$/i;
/** What is no secret in whatever field. */
const NOTHING = [WORD, SENTENCE, PLACEHOLDER, PATH, PLAIN_URL, VARIABLE, NO_ANSWER];
const NUMBER = /^-?\d{1,5}$|^\d{4}-\d\d-\d\d|^[A-Z]{2,12}$/;
const OTHERS = [NUMBER, METHODS, TYPE_NAME, SPAN_OF_TIME];
/** A password may be any word and any number. */
const WORDS_OF: Partial<Record<NameClass, readonly RegExp[]>> = {
  password: [/^[01]$/],
  pass: [/^\d{1,4}$/],
  secret: [RESOURCE, RESOURCE_IN_NAMESPACE, ...OTHERS],
};

/** Whether several words are a sentence of a program about a secret: one of those words is in it. */
export function isSentence(text: string): boolean {
  const words = text.slice(0, 500).split(/[\s,;:.]+/);
  return (
    words.length >= 3 && !looksGenerated(words[0] ?? '') && words.some((word) => WORD.test(word))
  );
}

/** Whether a value looks made, as no word of a sentence does: a digit or a sign in it, or capitals inside. */
export function looksGenerated(value: string): boolean {
  if (value.length > WORDS_AT_MOST) return true;
  const text = value.replace(/[.,;:!?)\]}'"]+$/, '');
  if (/^[\w.-]+(?:\(|:$)/.test(value) && !/\d/.test(text)) return false;
  // An answer's status.
  if (/^[1-5]\d\d$/.test(text)) return false;
  return /\d|[a-z][A-Z]|[^\w.,;:'"()[\]{}-]/.test(text);
}
