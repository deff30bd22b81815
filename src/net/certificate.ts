import type { X509Certificate } from 'node:crypto';
import type { ConnectionOptions, PeerCertificate, SecureContextOptions } from 'node:tls';
import { GO_REFUSES } from '../domain/wire/certificate-flaw.ts';
import { checkNames } from './names.ts';
import { chainOf, whyUnreadable } from './peer-certificate.ts';

/** What Go's clients offer in a handshake (Go 1.26): nothing without forward secrecy, and no SHA-1. */
const GO_OFFERS = {
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-RSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-SHA',
    'ECDHE-RSA-AES256-SHA',
  ].join(':'),
  ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384:P-521',
  sigalgs: [
    'rsa_pss_rsae_sha256',
    'ecdsa_secp256r1_sha256',
    'ed25519',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
    'ecdsa_secp384r1_sha384',
    'ecdsa_secp521r1_sha512',
  ].join(':'),
} as const;

/**
 * The trust of Go's clients, which pull and log in: podman, CRI-O, the OAuth server
 * (openshift-facts.md 11.3). Any trusted certificate ends a chain, root or not. RSA of 1024 bits is
 * accepted and SHA-1 is not, which is OpenSSL's level 1; Node's own level is 2. docs/trust.md lists what
 * still differs.
 */
export const AS_GO_TRUSTS: Pick<
  SecureContextOptions,
  'allowPartialTrustChain' | 'ciphers' | 'ecdhCurve' | 'sigalgs'
> = {
  ...GO_OFFERS,
  allowPartialTrustChain: true,
  ciphers: `${GO_OFFERS.ciphers}:@SECLEVEL=1`,
};

/**
 * What Go's clients refuse in a certificate that OpenSSL accepted: wrong names, and whatever Go cannot
 * read or does not accept in it and in the chain above it.
 */
export function checkAsGo(host: string, certificate: PeerCertificate): Error | undefined {
  const nameError = checkNames(host, certificate);
  if (nameError !== undefined) return nameError;
  for (const each of chainOf(certificate)) {
    const error = goRefusal(each);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** {@link AS_GO_TRUSTS} with {@link checkAsGo}, for callers that connect by themselves. */
export const AS_GO_CHECKS: Pick<ConnectionOptions, 'checkServerIdentity'> & typeof AS_GO_TRUSTS = {
  ...AS_GO_TRUSTS,
  checkServerIdentity: checkAsGo,
};

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USE = '2.5.29.37.0';

function goRefusal(certificate: X509Certificate): Error | undefined {
  const reason = whyUnreadable(certificate);
  if (reason !== undefined) {
    return errorWithCode(GO_REFUSES, `no client in Go can read ${nameOf(certificate)}: ${reason}`);
  }
  // OpenSSL also accepts its old names (Server Gated Crypto). Go checks CAs in the same way.
  const { keyUsage: purposes } = certificate;
  if (purposes !== undefined && !purposes.includes(SERVER_AUTH) && !purposes.includes(ANY_USE)) {
    return errorWithCode(
      'INVALID_PURPOSE',
      `${nameOf(certificate)} is for ${purposes.join(', ')} only`,
    );
  }
  return keyRefusal(certificate);
}

function keyRefusal(certificate: X509Certificate): Error | undefined {
  const bits = rsaBits(certificate);
  const what = `RSA of ${bits} bits in ${nameOf(certificate)}`;
  if (bits < SHORTEST_ACCEPTED)
    return errorWithCode('UNSPECIFIED', `certificate key too weak: ${what}`);
  if (bits > LONGEST_ACCEPTED && bits !== Infinity) {
    return errorWithCode(GO_REFUSES, `no client in Go takes a key this long: ${what}`);
  }
  const { asymmetricKeyType: kind = '' } = certificate.publicKey;
  if (KEY_TYPES.has(kind)) return undefined;
  return errorWithCode(
    GO_REFUSES,
    `no client in Go takes a key of ${kind} as in ${nameOf(certificate)}`,
  );
}

const KEY_TYPES: ReadonlySet<string> = new Set(['rsa', 'ec', 'ed25519']);
const LONGEST_ACCEPTED = 8_192;

function errorWithCode(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}

const SHORTEST_ACCEPTED = 1_024;
const SHORTEST_GOOD = 2_048;

/** A key that Go accepts and that other clients now refuse; undefined if there is none. */
export function weakKey(chain: readonly X509Certificate[]): string | undefined {
  const short = chain.find((each) => rsaBits(each) < SHORTEST_GOOD);
  if (short === undefined) return undefined;
  return `${nameOf(short)} has an RSA key of ${rsaBits(short)} bits`;
}

/** Infinity if the key is not RSA. */
function rsaBits({ publicKey }: X509Certificate): number {
  return publicKey.asymmetricKeyType === 'rsa'
    ? (publicKey.asymmetricKeyDetails?.modulusLength ?? Infinity)
    : Infinity;
}

/** The subject in one line, or its other names if it has none. */
export function nameOf({ subject, subjectAltName }: X509Certificate): string {
  return oneLine(subject) || subjectAltName || 'a certificate without a subject';
}

/** A distinguished name as Node gives it, in one line; '' for an empty one, which Node leaves out. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
