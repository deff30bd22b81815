import type { X509Certificate } from 'node:crypto';
import { checkServerIdentity, DEFAULT_CIPHERS } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, SecureContextOptions } from 'node:tls';
import { NO_NAMES } from '../domain/wire/certificate-flaw.ts';

/**
 * Trust as Go's clients have it, which are what pulls and logs in: podman, CRI-O, the OAuth server
 * (openshift-facts.md 11.3). Any certificate that is trusted ends a chain, root or not. RSA of 1024
 * bits is taken and SHA-1 is not, which is OpenSSL's level 1; Node's own is 2. What cannot be had: Go
 * asks no key usage of a server's certificate but the extended one, OpenSSL asks both.
 */
export const AS_GO_TRUSTS: Pick<SecureContextOptions, 'allowPartialTrustChain' | 'ciphers'> = {
  allowPartialTrustChain: true,
  ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=1`,
};

/**
 * What is wrong with a certificate's names, as Go has it: the common name is no name of a server, nor is
 * one with a wildcard that is not the whole of the first label (`foo*.example.com`).
 */
export function checkNames(host: string, certificate: PeerCertificate): Error | undefined {
  const { subject } = certificate;
  const subjectaltname = certificate.subjectaltname?.replaceAll(PARTIAL_WILDCARD, '$1not taken:');
  const isNamed = /(?:^|, )(?:DNS|IP Address):/.test(subjectaltname ?? '');
  if (isNamed || subject?.CN === undefined) {
    const names = subjectaltname === undefined ? {} : { subjectaltname };
    return checkServerIdentity(host, { ...certificate, ...names });
  }
  const said = `its common name is ${JSON.stringify(subject.CN)}, and it has no subject alternative name of a host`;
  return Object.assign(new Error(said), { code: NO_NAMES });
}

/** {@link AS_GO_TRUSTS} with {@link checkNames}, for whoever connects itself. */
export const AS_GO_CHECKS: Pick<ConnectionOptions, 'checkServerIdentity'> & typeof AS_GO_TRUSTS = {
  ...AS_GO_TRUSTS,
  checkServerIdentity: checkNames,
};

const PARTIAL_WILDCARD = /(^|, )DNS:(?=[^,"]*\*)(?!\*\.[^*,"]*(?:,|$))/g;

const SHORTEST_TAKEN = 1_024;
const SHORTEST_GOOD = 2_048;

/** Why OpenSSL finds a certificate too weak, in words that it uses itself; it keeps them from Node. */
export function tooWeak(certificate: X509Certificate): string | undefined {
  const { signatureAlgorithm = '', subject, issuer } = certificate;
  // A root's signature says nothing: it is trusted for being there.
  if (subject !== issuer && /sha1|md5/i.test(signatureAlgorithm)) {
    return `signature digest algorithm too weak: ${signatureAlgorithm}`;
  }
  const bits = rsaBits(certificate);
  return bits < SHORTEST_TAKEN ? `certificate key too weak: RSA of ${bits} bits` : undefined;
}

/** A key that Go takes, and that others have stopped to take; undefined where there is none. */
export function weakKey(chain: readonly X509Certificate[]): string | undefined {
  const short = chain.find((each) => rsaBits(each) < SHORTEST_GOOD);
  if (short === undefined) return undefined;
  return `${short.subject.replaceAll('\n', ', ')} has an RSA key of ${rsaBits(short)} bits`;
}

/** Infinity for what is not RSA. */
function rsaBits({ publicKey }: X509Certificate): number {
  return publicKey.asymmetricKeyType === 'rsa'
    ? (publicKey.asymmetricKeyDetails?.modulusLength ?? Infinity)
    : Infinity;
}
