import { sha256 } from '@noble/hashes/sha2.js';

/**
 * What PostgreSQL and MySQL keep of a workflow's id and of a search attribute: VARCHAR(255), counted in
 * characters (temporal, schema/postgresql/v12). SQLite, as in the sandbox, keeps more.
 */
export const KEPT_AT_MOST = 255;

// 128 bits of SHA-256: two names that share them are not to be found.
const HASH_DIGITS = 32;

// A name may end as a shortened one does. Then it is shortened, too, so that it cannot pass for that one.
const LOOKS_SHORTENED = /~[0-9a-f]{32}$/;

/**
 * The id that its parts make, `<part>/<part>/…`, within `most` characters. Each part is encoded, so that one
 * with a slash cannot pass for two, and every id is ASCII: a character is a byte.
 */
export function boundedId(parts: readonly string[], most = KEPT_AT_MOST): string {
  // A lone half of a character cannot be encoded.
  return bounded(parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/'), most);
}

/**
 * The text where it has at most `most` characters, and else as much of its beginning as leaves room for
 * a hash of the whole: two texts never become one. A `%XX` of an encoded text, and a character of two
 * UTF-16 units, is not cut in half.
 */
export function bounded(text: string, most = KEPT_AT_MOST): string {
  if (text.length <= most && !LOOKS_SHORTENED.test(text)) return text;
  const head = text
    .slice(0, most - HASH_DIGITS - 1)
    .replace(/%[0-9A-F]?$/, '')
    .replace(/[\uD800-\uDBFF]$/, '');
  return `${head}~${digest(text)}`;
}

// The workflows' sandbox has no node:crypto. Encoded, the text is ASCII: a byte a character.
function digest(text: string): string {
  const bytes = Uint8Array.from(encodeURIComponent(text.toWellFormed()), (char) =>
    char.charCodeAt(0),
  );
  return Array.from(sha256(bytes).slice(0, HASH_DIGITS / 2), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
