import type { X509Certificate } from 'node:crypto';
import type { ConnectionOptions, PeerCertificate, SecureContextOptions } from 'node:tls';
import { GO_REFUSES } from '../domain/wire/certificate-flaw.ts';
import { checkNames } from './names.ts';
import { chainOf, whyUnread } from './peer-certificate.ts';

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
 * Trust as Go's clients have it, which are what pulls and logs in: podman, CRI-O, the OAuth server
 * (openshift-facts.md 11.3). Any certificate that is trusted ends a chain, root or not. RSA of 1024
 * bits is taken and SHA-1 is not, which is OpenSSL's level 1; Node's own is 2. What cannot be had is in
 * docs/trust.md.
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
 * What is wrong with a certificate that OpenSSL has taken, as every client in Go has it: its names, and
 * what Go cannot read or does not take in it and in the chain above it.
 */
export function checkAsGo(host: string, certificate: PeerCertificate): Error | undefined {
  const misnamed = checkNames(host, certificate);
  if (misnamed !== undefined) return misnamed;
  for (const each of chainOf(certificate)) {
    const error = refusedByGo(each);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** {@link AS_GO_TRUSTS} with {@link checkAsGo}, for whoever connects itself. */
export const AS_GO_CHECKS: Pick<ConnectionOptions, 'checkServerIdentity'> & typeof AS_GO_TRUSTS = {
  ...AS_GO_TRUSTS,
  checkServerIdentity: checkAsGo,
};

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USE = '2.5.29.37.0';

function refusedByGo(certificate: X509Certificate): Error | undefined {
  const unread = whyUnread(certificate);
  if (unread !== undefined) {
    return coded(GO_REFUSES, `no client in Go can read ${nameOf(certificate)}: ${unread}`);
  }
  // OpenSSL takes the ancient names of it (Server Gated Crypto), too. Go asks CAs the same.
  const { keyUsage: uses } = certificate;
  if (uses !== undefined && !uses.includes(SERVER_AUTH) && !uses.includes(ANY_USE)) {
    return coded('INVALID_PURPOSE', `${nameOf(certificate)} is for ${uses.join(', ')} only`);
  }
  return badKey(certificate);
}

function badKey(certificate: X509Certificate): Error | undefined {
  const bits = rsaBits(certificate);
  const what = `RSA of ${bits} bits in ${nameOf(certificate)}`;
  if (bits < SHORTEST_TAKEN) return coded('UNSPECIFIED', `certificate key too weak: ${what}`);
  if (bits > LONGEST_TAKEN && bits !== Infinity) {
    return coded(GO_REFUSES, `no client in Go takes a key this long: ${what}`);
  }
  const { asymmetricKeyType: kind = '' } = certificate.publicKey;
  if (KINDS.has(kind)) return undefined;
  return coded(GO_REFUSES, `no client in Go takes a key of ${kind} as in ${nameOf(certificate)}`);
}

const KINDS: ReadonlySet<string> = new Set(['rsa', 'ec', 'ed25519']);
const LONGEST_TAKEN = 8_192;

function coded(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}

const SHORTEST_TAKEN = 1_024;
const SHORTEST_GOOD = 2_048;

/** A key that Go takes, and that others have stopped to take; undefined where there is none. */
export function weakKey(chain: readonly X509Certificate[]): string | undefined {
  const short = chain.find((each) => rsaBits(each) < SHORTEST_GOOD);
  if (short === undefined) return undefined;
  return `${nameOf(short)} has an RSA key of ${rsaBits(short)} bits`;
}

/** Infinity for what is not RSA. */
function rsaBits({ publicKey }: X509Certificate): number {
  return publicKey.asymmetricKeyType === 'rsa'
    ? (publicKey.asymmetricKeyDetails?.modulusLength ?? Infinity)
    : Infinity;
}

/** The subject in one line, or its other names where it has none. */
export function nameOf({ subject, subjectAltName }: X509Certificate): string {
  return oneLine(subject) || subjectAltName || 'a certificate without a subject';
}

/** A distinguished name as Node gives it, in one line; '' for an empty one, which Node leaves out. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
