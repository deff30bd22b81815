import { X509Certificate } from 'node:crypto';
import { getCACertificates, TLSSocket } from 'node:tls';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

/** The EC curves that Go's x509 reads (Go 1.26). */
const CURVES: ReadonlySet<string | undefined> = new Set([
  'secp224r1',
  'prime256v1',
  'secp384r1',
  'secp521r1',
]);

/** Why Go cannot even read a certificate, so that neither a server nor a bundle can be taken for it. */
export function whyUnread(certificate: X509Certificate): string | undefined {
  // Since Go 1.23.
  if (certificate.serialNumber.startsWith('-')) return 'its serial number is negative';
  return hasKnownKey(certificate) ? undefined : 'Go does not know the curve or kind of its key';
}

function hasKnownKey(certificate: X509Certificate): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    return asymmetricKeyType !== 'ec' || CURVES.has(asymmetricKeyDetails?.namedCurve);
  } catch {
    return false;
  }
}

/** The certificate and those above it, as far as they were sent or are trusted here. A root ends it. */
export function chainOf(
  certificate: Partial<DetailedPeerCertificate> | undefined,
): readonly X509Certificate[] {
  if (certificate?.raw === undefined) return [];
  const { raw, issuerCertificate } = certificate;
  const isRoot = issuerCertificate?.fingerprint256 === certificate.fingerprint256;
  return [new X509Certificate(raw), ...(isRoot ? [] : chainOf(issuerCertificate))];
}

// Node 26.10 dies (SIGSEGV) when it makes an object of a certificate with a key on a curve that has no NIST
// name (secp256k1, brainpool): in `getPeerCertificate`, which each of its own handshakes calls, too. Whoever
// answers in a server's place could end a worker by that. Such a chain is read without Node's objects.
const asNodeHasIt: (this: TLSSocket, detailed?: boolean) => PeerCertificate =
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its socket
  TLSSocket.prototype.getPeerCertificate;

function getPeerCertificate(this: TLSSocket, detailed?: boolean): PeerCertificate {
  const sent = this.getPeerX509Certificate();
  if (sent === undefined || (isHarmless(sent) && areRootsHarmless())) {
    return asNodeHasIt.call(this, detailed);
  }
  return likeNode(sent) as PeerCertificate;
}
TLSSocket.prototype.getPeerCertificate =
  getPeerCertificate as typeof TLSSocket.prototype.getPeerCertificate;

function isHarmless(certificate: X509Certificate): boolean {
  const { issuerCertificate } = certificate;
  return (
    hasKnownKey(certificate) && (issuerCertificate === undefined || isHarmless(issuerCertificate))
  );
}

let rootsAreHarmless: boolean | undefined;

// NODE_EXTRA_CA_CERTS may hold any; bundles are read without them (`readPool`).
function areRootsHarmless(): boolean {
  rootsAreHarmless ??= getCACertificates('default').every((pem) =>
    hasKnownKey(new X509Certificate(pem)),
  );
  return rootsAreHarmless;
}

/** What of Node's object is looked at here and by `tls.checkServerIdentity`. */
function likeNode(certificate: X509Certificate): Partial<DetailedPeerCertificate> {
  const { raw, fingerprint256, subjectAltName: subjectaltname, issuerCertificate } = certificate;
  return {
    raw,
    fingerprint256,
    ...(subjectaltname === undefined ? {} : { subjectaltname }),
    ...(issuerCertificate === undefined
      ? {}
      : { issuerCertificate: likeNode(issuerCertificate) as DetailedPeerCertificate }),
  };
}
