// Scheme, what may stand before an "@", host and port, path; of a query Go looks at nothing.
const FORM = /^https:\/\/(?:[^/?#]*@)?([^/?#@]+)(\/[^?#]*)?(?:\?[^#]*)?(?:#(.*))?$/iu;

/**
 * An https address with a host, as Go's `url` reads one; null for what is none there, though `URL` would
 * mend it: without both slashes, with a blank before it or in its host, with a `{` in it, or with a % in path
 * or fragment that is no escape. Each case of the tests was put to Go 1.26.
 */
export function readHttps(text: string): URL | null {
  const [whole, host = '', path = '', fragment = ''] = FORM.exec(text) ?? [];
  if (whole === undefined || /\p{Cc}/u.test(text)) return null;
  const isReadable = !/[\s%\\{}`]/.test(host) && !/%(?![\da-f]{2})/i.test(`${path} ${fragment}`);
  return isReadable ? URL.parse(text) : null;
}
