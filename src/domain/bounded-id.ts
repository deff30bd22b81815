import { sha256 } from '@noble/hashes/sha2.js';

/**
 * The longest workflow id and search attribute that PostgreSQL and MySQL store: VARCHAR(255), counted in
 * characters (temporal, schema/postgresql/v12). SQLite, as in the sandbox, stores more.
 */
export const ID_AT_MOST = 255;

// 128 bits of SHA-256: a collision cannot be found in practice.
const HASH_DIGITS = 32;

// A name may itself end like a shortened one. Then it is shortened, too, so that the two stay different.
const LOOKS_SHORTENED = /~[0-9a-f]{32}$/;

/**
 * The id of these parts, `<part>/<part>/…`, of at most `most` characters. Each part is encoded: a slash in
 * one cannot split it, and every id is ASCII, so that a character is a byte.
 */
export function boundedId(parts: readonly string[], most = ID_AT_MOST): string {
  // encodeURIComponent throws for a lone surrogate.
  return bounded(parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/'), most);
}

/**
 * The text if it has at most `most` characters, otherwise its beginning and a hash of the whole, so that
 * two texts never become the same. A `%XX` or a surrogate pair is not cut in half.
 */
export function bounded(text: string, most = ID_AT_MOST): string {
  if (text.length <= most && !LOOKS_SHORTENED.test(text)) return text;
  const head = text
    .slice(0, most - HASH_DIGITS - 1)
    .replace(/%[0-9A-F]?$/, '')
    .replace(/[\uD800-\uDBFF]$/, '');
  return `${head}~${digest(text)}`;
}

// The workflows' sandbox has no node:crypto. The encoded text is ASCII: each character is one byte.
function digest(text: string): string {
  const bytes = Uint8Array.from(encodeURIComponent(text.toWellFormed()), (char) =>
    char.charCodeAt(0),
  );
  return Array.from(sha256(bytes).slice(0, HASH_DIGITS / 2), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
