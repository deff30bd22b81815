import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A client certificate and its key, as PEM texts. */
export interface Pair {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Throws an Error where a certificate and its key cannot be used together. Node would say so at the next
 * connection as if the server were not there, and with an empty text would be nobody.
 */
export function assertPair(
  { cert, key }: Pair,
  names: { readonly cert: string; readonly key: string },
): void {
  if (cert === undefined || key === undefined) return;
  if (!holdsCertificate(cert)) throw new Error(`${names.cert} holds no certificate (PEM)`);
  if (!isTaken({ key })) {
    throw new Error(`${names.key} holds no key that can be read (PEM, not encrypted)`);
  }
  if (!isTaken({ cert, key })) {
    throw new Error(`${names.cert} and ${names.key} do not belong together`);
  }
}

/** Throws an Error where a CA's file holds nothing to trust: everything would be from an unknown issuer. */
export function assertCa(ca: string | undefined, name: string): void {
  if (ca === undefined || holdsCertificate(ca)) return;
  throw new Error(`${name} holds no certificate (PEM)`);
}

/** Has a check made only where what it is asked has changed since. What it throws is asked again. */
export function whenChanged<T>(check: (given: T) => void): (given: T) => void {
  let passed: string | undefined;
  return (given) => {
    const asked = JSON.stringify(given);
    if (asked === passed) return;
    check(given);
    passed = asked;
  };
}

// OpenSSL reads a bundle up to its first broken certificate.
function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

// OpenSSL's level 1, as in AS_GO_TRUSTS: at Node's own it takes no RSA of 1024 bits, whatever key is beside it.
const LIKE_GO = 'DEFAULT@SECLEVEL=1';

function isTaken(pair: Pair): boolean {
  // Node takes an empty text for nothing that is to be taken.
  if (Object.values(pair).includes('')) return false;
  try {
    createSecureContext({ ...pair, ciphers: LIKE_GO });
    return true;
  } catch {
    return false;
  }
}
