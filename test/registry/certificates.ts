// First: x509 does not load without it.
import '../../src/sandbox/folder/reflect-metadata.ts';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

/** A key and its certificate, in PEM. */
export interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** A CA of a test's own. `leaf` signs a server certificate for the names (and addresses). */
export interface Ca {
  readonly cert: string;
  leaf(
    names: readonly string[],
    days?: { readonly from: number; readonly to: number },
  ): Promise<Pair>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export async function createCa(name: string): Promise<Ca> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: days(-10),
    notAfter: days(3650),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    cert: cert.toString('pem'),
    leaf: async (names, { from, to } = { from: -1, to: 90 }) => {
      const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const leaf = await x509.X509CertificateGenerator.create({
        subject: `CN=${names[0]}`,
        issuer: cert.subject,
        notBefore: days(from),
        notAfter: days(to),
        signingAlgorithm: ALGORITHM,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
          ),
        ],
      });
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return {
        key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
        cert: leaf.toString('pem'),
      };
    },
  };
}

function days(count: number): Date {
  return new Date(Date.now() + count * DAY_MS);
}
