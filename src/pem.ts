import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A client certificate and its key, as PEM texts. */
export interface Pair {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Throws an Error if a certificate and its key cannot be used together. Node would report it at the next
 * connection, as if the server were not there. With an empty text it would send no certificate.
 */
export function assertPair(
  { cert, key }: Pair,
  names: { readonly cert: string; readonly key: string },
): void {
  if (cert === undefined || key === undefined) return;
  if (!holdsCertificate(cert)) throw new Error(`${names.cert} holds no certificate (PEM)`);
  if (!isAccepted({ key })) {
    throw new Error(`${names.key} holds no key that can be read (PEM, not encrypted)`);
  }
  if (!isAccepted({ cert, key })) {
    throw new Error(`${names.cert} and ${names.key} do not belong together`);
  }
}

/** Throws an Error if a CA's file holds nothing to trust: every server would have an unknown issuer. */
export function assertCa(ca: string | undefined, name: string): void {
  if (ca === undefined || holdsCertificate(ca)) return;
  throw new Error(`${name} holds no certificate (PEM)`);
}

/** Runs a check only if its input has changed since it last passed. A failed check runs again. */
export function whenChanged<T>(check: (given: T) => void): (given: T) => void {
  let passed: string | undefined;
  return (given) => {
    const input = JSON.stringify(given);
    if (input === passed) return;
    check(given);
    passed = input;
  };
}

// Not `readPool` of src/net/pool.ts, which reads a bundle as Go does: no client in Go uses what is checked here.
// OpenSSL uses the client certificates, and the Temporal SDK's core uses Temporal's CA. `readPool` refuses what
// OpenSSL accepts: a byte order mark, TRUSTED CERTIFICATE, other curves, a negative serial number. One
// reader for both would refuse files that work today.
// OpenSSL reads a bundle up to its first broken certificate.
function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

// OpenSSL's level 1, as in AS_GO_TRUSTS: at Node's own level it refuses every RSA key of 1024 bits.
const LIKE_GO = 'DEFAULT@SECLEVEL=1';

function isAccepted(pair: Pair): boolean {
  // Node ignores an empty text.
  if (Object.values(pair).includes('')) return false;
  try {
    createSecureContext({ ...pair, ciphers: LIKE_GO });
    return true;
  } catch {
    return false;
  }
}
