const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map(ALPHABET.split('').map((letter, value) => [letter, value]));
VALUES.set('-', 62).set('_', 63);

/**
 * The bytes of base64 or base64url as latin1 text; undefined where it is none. No Buffer: domain runs
 * inside the workflow sandbox.
 */
export function fromBase64(text: string): string | undefined {
  const letters = text.replace(/={1,2}$/, '');
  if (letters.length % 4 === 1) return undefined;
  let result = '';
  let [bits, held] = [0, 0];
  for (const letter of letters) {
    const value = VALUES.get(letter);
    if (value === undefined) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    result += String.fromCharCode((bits >> held) & 0xff);
  }
  return result;
}

/** Whether a text is base64 of `name:password`, as basic authentication has it. */
export function isUserAndPassword(text: string): boolean {
  const decoded = fromBase64(text);
  // Printable: what a word happens to decode to is not. Bytes from 0xa0 may be of any UTF-8 name.
  return (
    decoded !== undefined &&
    /^[\x20-\x39\x3b-\x7e\x80-\xff]*:[\x20-\x7e\x80-\xff]*$/.test(decoded) &&
    isUtf8(decoded)
  );
}

function isUtf8(latin1: string): boolean {
  try {
    decodeURIComponent(
      latin1.replaceAll(/[%\x80-\xff]/g, (each) => `%${each.charCodeAt(0).toString(16)}`),
    );
    return true;
  } catch {
    return false;
  }
}
