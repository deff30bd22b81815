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

/** Why Go cannot even read a certificate, so that it refuses it in a server's chain and in a bundle. */
export function whyUnreadable(certificate: X509Certificate): string | undefined {
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

/** The certificate and those above it, as far as they were sent or are trusted here, up to a root. */
export function chainOf(
  certificate: Partial<DetailedPeerCertificate> | undefined,
): readonly X509Certificate[] {
  if (certificate?.raw === undefined) return [];
  const { raw, issuerCertificate } = certificate;
  const isRoot = issuerCertificate?.fingerprint256 === certificate.fingerprint256;
  return [new X509Certificate(raw), ...(isRoot ? [] : chainOf(issuerCertificate))];
}

// Node 26.10 crashes (SIGSEGV) when it makes an object of a certificate whose key is on a curve without a NIST
// name (secp256k1, brainpool). That happens in `getPeerCertificate`, which every handshake calls, so that any
// server could end a worker. Such a chain is read without Node's objects.
const nodeGetPeerCertificate: (this: TLSSocket, detailed?: boolean) => PeerCertificate =
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its socket
  TLSSocket.prototype.getPeerCertificate;

function getPeerCertificate(this: TLSSocket, detailed?: boolean): PeerCertificate {
  const sent = this.getPeerX509Certificate();
  if (sent === undefined || (isSafeForNode(sent) && areRootsSafeForNode())) {
    return nodeGetPeerCertificate.call(this, detailed);
  }
  return toPeerCertificate(sent) as PeerCertificate;
}
TLSSocket.prototype.getPeerCertificate =
  getPeerCertificate as typeof TLSSocket.prototype.getPeerCertificate;

function isSafeForNode(certificate: X509Certificate): boolean {
  const { issuerCertificate } = certificate;
  return (
    hasKnownKey(certificate) &&
    (issuerCertificate === undefined || isSafeForNode(issuerCertificate))
  );
}

let rootsAreSafe: boolean | undefined;

// NODE_EXTRA_CA_CERTS may hold such certificates; `readPool` leaves them out of bundles.
function areRootsSafeForNode(): boolean {
  rootsAreSafe ??= getCACertificates('default').every((pem) =>
    hasKnownKey(new X509Certificate(pem)),
  );
  return rootsAreSafe;
}

/** The fields of Node's object that this module and `tls.checkServerIdentity` read. */
function toPeerCertificate(certificate: X509Certificate): Partial<DetailedPeerCertificate> {
  const { raw, fingerprint256, subjectAltName: subjectaltname, issuerCertificate } = certificate;
  return {
    raw,
    fingerprint256,
    ...(subjectaltname === undefined ? {} : { subjectaltname }),
    ...(issuerCertificate === undefined
      ? {}
      : { issuerCertificate: toPeerCertificate(issuerCertificate) as DetailedPeerCertificate }),
  };
}
