// Scheme, optional user info with its "@", host and port, path. Go ignores the query.
const FORM = /^https:\/\/(?:[^/?#]*@)?([^/?#@]+)(\/[^?#]*)?(?:\?[^#]*)?(?:#(.*))?$/iu;

/**
 * An https address with a host, as Go's `url` reads one; null for others. `URL` would repair some that Go
 * refuses: without both slashes, with a blank before it or in its host, with a `{`, or with a % that begins
 * no escape. Each case of the tests was run through Go 1.26.
 */
export function readHttps(text: string): URL | null {
  const [whole, host = '', path = '', fragment = ''] = FORM.exec(text) ?? [];
  if (whole === undefined || /\p{Cc}/u.test(text)) return null;
  const isReadable = !/[\s%\\{}`]/.test(host) && !/%(?![\da-f]{2})/i.test(`${path} ${fragment}`);
  return isReadable ? URL.parse(text) : null;
}
