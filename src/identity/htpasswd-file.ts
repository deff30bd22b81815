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
 * Reads an htpasswd file. The hashes are looked at for their kind and dropped: bcrypt, the Apache
 * MD5 and `{SHA}` are those that OpenShift's HTPasswd provider takes.
 */
export function parseHtpasswd(text: string): HtpasswdFile {
  const entries: HtpasswdEntry[] = [];
  const badLines: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    if (colon <= 0 || colon === line.length - 1) badLines.push(index + 1);
    else entries.push({ user: line.slice(0, colon), hash: kindOf(line.slice(colon + 1)) });
  }
  return { entries, badLines };
}

function kindOf(hash: string): HtpasswdEntry['hash'] {
  if (/^\$2[abxy]\$/.test(hash)) return 'bcrypt';
  if (hash.startsWith('$apr1$')) return 'apr1-md5';
  return hash.startsWith('{SHA}') ? 'sha1' : 'unknown';
}
