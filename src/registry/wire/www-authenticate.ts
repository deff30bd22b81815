/** One way to authenticate that a 401 offers. `scheme` and the parameters' names in lower case. */
export interface Offer {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

/**
 * The offers of a `WWW-Authenticate` header (RFC 9110 11.6.1), several headers joined by commas.
 * Takes what OpenShift's registry sends, `Basic realm=openshift,error="access denied"` included
 * (openshift-facts.md 1.3), and ignores what it does not understand.
 */
export function parseOffers(header: string): readonly Offer[] {
  const offers: { scheme: string; params: Map<string, string> }[] = [];
  for (const [, name = '', quoted, plain] of header.matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) offers.push({ scheme: name.toLowerCase(), params: new Map() });
    else offers.at(-1)?.params.set(name.toLowerCase(), value);
  }
  return offers;
}

// A word with a value is a parameter, one without begins the next offer.
const PART = /([\w!#$%&'*+.^`|~-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;
