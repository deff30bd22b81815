// Not one regular expression: `eyJ…\.…\.…` takes quadratic time on "eyJeyJeyJ…", and the texts are
// untrusted requests and replies of servers.
const OPAQUE = /sha256~[A-Za-z0-9_-]{43}/g;
const RUN = /[A-Za-z0-9_.-]+/g;
const CREDENTIALS = /\b(Bearer|Basic) +[A-Za-z0-9+/=._~-]{8,}/gi;
const PART_AT_LEAST = 10;

/** Whether a text contains something like a token: OpenShift's own (`sha256~…`), or a JWT. */
export function holdsToken(text: string): boolean {
  return text.search(OPAQUE) !== -1 || (text.match(RUN) ?? []).some(isJwt);
}

/** Removes everything that looks like a token or the value of an Authorization header. */
export function withoutTokens(text: string): string {
  return text
    .replace(OPAQUE, '[removed]')
    .replace(RUN, (run) => (isJwt(run) ? '[removed]' : run))
    .replace(CREDENTIALS, '$1 [removed]');
}

/** Three parts with dots between, the first a JSON object in base64url (RFC 7519). */
function isJwt(run: string): boolean {
  const parts = run.split('.');
  return parts.some((part, index) => {
    const start = part.indexOf('eyJ');
    const [payload = '', signature = ''] = parts.slice(index + 1, index + 3);
    return (
      start !== -1 &&
      part.length - start - 'eyJ'.length >= PART_AT_LEAST &&
      payload.length >= PART_AT_LEAST &&
      signature.length >= PART_AT_LEAST
    );
  });
}
