/** One line of an htpasswd file, without its hash. */
export interface HtpasswdEntry {
  readonly user: string;
  readonly hash: 'bcrypt' | 'apr1-md5' | 'sha1' | 'unknown';
}

/** What an htpasswd file holds: its entries, and the numbers (from 1) of lines that are none. */
export interface HtpasswdFile {
  readonly entries: readonly HtpasswdEntry[];
  readonly badLines: readonly number[];
}

/**
 * Reads an htpasswd file, and keeps only the kind of each hash. `unknown` is a hash that OpenShift's
 * HTPasswd provider never accepts: `$2b$`, crypt, an empty one, or one that is cut off.
 */
export function parseHtpasswd(text: string): HtpasswdFile {
  const entries: HtpasswdEntry[] = [];
  const badLines: number[] = [];
  for (const [index, line] of text.split(/\r?(?:\n|$)/).entries()) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    const hash = kindOf(line.slice(colon + 1));
    // OpenShift knows no comments: a line `#alice:<hash>` lets the user `#alice` log in.
    if (line.startsWith('#') && (colon < 0 || hash === 'unknown')) continue;
    if (colon <= 0) badLines.push(index + 1);
    else entries.push({ user: line.slice(0, colon), hash });
  }
  return { entries, badLines };
}

/** The entries that count: if a name occurs several times, the last one (openshift-facts.md 11.3). */
export function effectiveEntries(entries: readonly HtpasswdEntry[]): readonly HtpasswdEntry[] {
  return [...new Map(entries.map((entry) => [entry.user, entry])).values()];
}

// The exact forms that OpenShift's HTPasswd provider can match (x/crypto/bcrypt 0.42, oauth-server's
// htpasswd). bcrypt: a cost of 4 to 31, 22 characters of salt and 31 of hash; more characters are ignored.
// Apache's MD5: a salt of at most 8. SHA-1: 20 bytes in base64. The last character of a hash holds fewer
// bits: a value with more bits set is no valid hash.
const FORMS = [
  ['bcrypt', /^\$2[ay]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{52}[.CGKOSWaeimquy26]/],
  ['apr1-md5', /^\$apr1\$[^$]{1,8}\$[./0-9A-Za-z]{21}[./01]$/],
  ['sha1', /^\{SHA\}[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/],
] as const;

function kindOf(hash: string): HtpasswdEntry['hash'] {
  return FORMS.find(([, form]) => form.test(hash))?.[0] ?? 'unknown';
}
