/** One challenge of a 401. `scheme` and the parameters' names are in lower case. */
export interface AuthChallenge {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

/**
 * The challenges of a `WWW-Authenticate` header (RFC 9110 11.6.1), several headers joined by commas.
 * Accepts what OpenShift's registry sends, `Basic realm=openshift,error="access denied"` included
 * (openshift-facts.md 1.3), and ignores what it does not understand.
 */
export function parseAuthChallenges(header: string): readonly AuthChallenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  for (const [, name = '', quoted, plain] of header.matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), params: new Map() });
    else challenges.at(-1)?.params.set(name.toLowerCase(), value);
  }
  return challenges;
}

// A word with a value is a parameter; one without begins the next challenge.
const PART = /([\w!#$%&'*+.^`|~-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;
