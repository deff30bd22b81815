import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { NO_NAMES } from '../domain/wire/certificate-flaw.ts';

type CertificateNames = Pick<Partial<PeerCertificate>, 'subject' | 'subjectaltname'>;

/**
 * What is wrong with a certificate's names by Go's rules (`x509.Certificate.VerifyHostname`). The common name
 * never counts, not even if there are addresses only. A wildcard is the whole first label (`*.example.com` or
 * `*.com`, not `foo*.example.com`).
 */
export function checkNames(
  host: string,
  { subject, subjectaltname }: CertificateNames,
): Error | undefined {
  const names = [...(subjectaltname ?? '').matchAll(NAME)];
  if (names.length === 0) return noNamesError(subject?.CN);
  if (isIP(host) !== 0) return checkAddress(host, subjectaltname ?? '');
  const hosts = names.flatMap(([, name]) => (name === undefined ? [] : [name]));
  if (hosts.some((name) => matchesHost(name, host))) return undefined;
  const known = hosts.length === 0 ? 'addresses only' : hosts.join(', ').slice(0, 200);
  return Object.assign(
    new Error(
      `Hostname/IP does not match certificate's altnames: Host: ${host}. is not in the cert's altnames: ${known}`,
    ),
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  );
}

// As Node writes them. A name in quotation marks is not a plain one, and Go does not accept it either.
const NAME = /(?:^|, )(?:DNS:([^",]*)|IP Address:[^",]+)(?=, |$)/g;

function noNamesError(commonName: string | string[] | undefined): Error {
  const message = `its common name is ${JSON.stringify([commonName ?? ''].flat().join(', '))}, and it has no subject alternative name of a host`;
  return Object.assign(new Error(message), { code: NO_NAMES });
}

function checkAddress(host: string, subjectaltname: string): Error | undefined {
  return checkServerIdentity(host, { subject: {}, subjectaltname } as PeerCertificate);
}

function matchesHost(name: string, host: string): boolean {
  const labels = name.toLowerCase().split('.');
  const wanted = host.toLowerCase().replace(/\.$/, '').split('.');
  const isWildcard = labels.length > 1 && labels[0] === '*';
  return (
    labels.length === wanted.length &&
    labels.every((label, index) => label === wanted[index] || (index === 0 && isWildcard))
  );
}
