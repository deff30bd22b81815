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
 * Reads an htpasswd file. The hashes are looked at for their kind and dropped. `unknown` is whatever
 * OpenShift's HTPasswd provider lets nobody in with: `$2b$`, crypt, none at all, and a hash that is not whole.
 */
export function parseHtpasswd(text: string): HtpasswdFile {
  const entries: HtpasswdEntry[] = [];
  const badLines: number[] = [];
  for (const [index, line] of text.split(/\r?(?:\n|$)/).entries()) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    const hash = kindOf(line.slice(colon + 1));
    // OpenShift knows no comments: one that is an entry lets somebody in, by a name with the "#".
    if (line.startsWith('#') && (colon < 0 || hash === 'unknown')) continue;
    if (colon <= 0) badLines.push(index + 1);
    else entries.push({ user: line.slice(0, colon), hash });
  }
  return { entries, badLines };
}

/** The entries by which people log in: of several with one name the last (openshift-facts.md 11.3). */
export function effectiveEntries(entries: readonly HtpasswdEntry[]): readonly HtpasswdEntry[] {
  return [...new Map(entries.map((entry) => [entry.user, entry])).values()];
}

// The exact forms that its matchers can ever find equal (x/crypto/bcrypt 0.42, oauth-server's htpasswd): 22
// characters of salt and 31 of hash for bcrypt, whose cost is from 4 to 31 there, and what stands behind these
// is not looked at; a salt of at most 8 for Apache's MD5; 20 bytes in base64 for SHA-1. A hash's last character
// has fewer bits than others: what has more of them set is no hash of anything.
const FORMS = [
  ['bcrypt', /^\$2[ay]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{52}[.CGKOSWaeimquy26]/],
  ['apr1-md5', /^\$apr1\$[^$]{1,8}\$[./0-9A-Za-z]{21}[./01]$/],
  ['sha1', /^\{SHA\}[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/],
] as const;

function kindOf(hash: string): HtpasswdEntry['hash'] {
  return FORMS.find(([, form]) => form.test(hash))?.[0] ?? 'unknown';
}
