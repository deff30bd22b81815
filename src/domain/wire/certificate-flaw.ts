import { codeOf } from './no-response.ts';

/**
 * What is wrong with a server's certificate. `no-names`: it has only a common name, which OpenSSL accepts
 * and clients in Go reject (openshift-facts.md 11.3). `weak`: it is signed with SHA-1, or its key is too
 * short. `wrong-purpose`: it is not for servers. `unfit`: any other flaw.
 */
export type CertificateFlaw =
  | 'expired'
  | 'not-yet-valid'
  | 'other-name'
  | 'no-names'
  | 'weak'
  | 'wrong-purpose'
  | 'unknown-issuer'
  | 'unfit';

/** The error code for a certificate that has a common name only. */
export const NO_NAMES = 'ERR_CERT_COMMON_NAME_ONLY';

/** The error code for a certificate that OpenSSL accepts and clients in Go reject. */
export const GO_REFUSES = 'ERR_CERT_REFUSED_BY_GO';

/** Each flaw in words. */
export const CERTIFICATE_FLAWS: Readonly<Record<CertificateFlaw, string>> = {
  expired: 'the certificate has expired',
  'not-yet-valid': 'the certificate is not valid yet',
  'other-name': 'the certificate is for another name',
  'no-names': 'the certificate has a common name only, which clients in Go reject',
  weak: 'the certificate is signed with SHA-1, or has too short a key',
  'wrong-purpose': 'the certificate was not made for a server',
  'unknown-issuer': 'the certificate is from an unknown issuer',
  unfit: 'the certificate is not accepted',
};

/** The advice for each flaw, for any server. */
export const CERTIFICATE_ADVICE: Readonly<Record<CertificateFlaw, string>> = {
  expired: 'have it renewed',
  'not-yet-valid': 'check the clocks of both sides',
  'other-name': 'name the server as its certificate does',
  'no-names': 'have it made anew with its host names as subject alternative names',
  weak: 'have the whole chain made anew with SHA-256 and keys of RSA 2048 or P-256 at least: no CA that is added helps',
  'wrong-purpose':
    'have it made anew for a server (extended key usage serverAuth, key usage digitalSignature): no CA that is added helps',
  'unknown-issuer': 'name the CA that signed it',
  unfit: 'look at the whole chain: openssl s_client -showcerts',
};

/** The advice if both sides could not agree on TLS. */
export const TLS_ADVICE =
  'check that this port speaks TLS, 1.2 or newer with forward secrecy (ECDHE), as clients in Go require it';

/** The flaw by the error code of Node and OpenSSL; undefined if the error is not about a certificate. */
export function certificateFlawOf(error: unknown): CertificateFlaw | undefined {
  const code = codeOf(error);
  // Weak keys and digests have no code of their own in Node.
  if (code === 'UNSPECIFIED') return /too weak/.test(messageOf(error)) ? 'weak' : 'unfit';
  return BY_CODE[code] ?? (UNKNOWN_ISSUER.test(code) ? 'unknown-issuer' : undefined);
}

/** The flaw by the error's message, for a library that replaces OpenSSL's code by its own. */
export function certificateFlawInMessage(words: string): CertificateFlaw | undefined {
  return BY_MESSAGE.find(([, pattern]) => pattern.test(words))?.[0];
}

const BY_MESSAGE: readonly (readonly [CertificateFlaw, RegExp])[] = [
  ['expired', /certificate has expired/],
  ['not-yet-valid', /certificate is not yet valid/],
  ['other-name', /does not match certificate's altnames/],
  ['weak', /(?:key|algorithm) too weak/],
  ['wrong-purpose', /unsuitable certificate purpose/],
  [
    'unknown-issuer',
    /unable to get (?:local )?issuer|self[- ]signed cert|unable to verify the first/,
  ],
];

const BY_CODE: Readonly<Record<string, CertificateFlaw>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-name',
  HOSTNAME_MISMATCH: 'other-name',
  [NO_NAMES]: 'no-names',
  [GO_REFUSES]: 'unfit',
  INVALID_PURPOSE: 'wrong-purpose',
  INVALID_CA: 'unfit',
  PATH_LENGTH_EXCEEDED: 'unfit',
  CERT_REVOKED: 'unfit',
  CERT_REJECTED: 'unfit',
};

const UNKNOWN_ISSUER =
  /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_|CERT_SIGNATURE_|CERT_UNTRUSTED|CERT_CHAIN_)/;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error ? error.message : messageOf(error.cause);
}
