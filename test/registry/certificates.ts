// First: x509 does not load without it.
import '../../src/sandbox/folder/reflect-metadata.ts';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

/** A key and its certificate, in PEM. */
export interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** What is unusual in a certificate: see {@link Ca.odd}. */
export type Oddity = 'common name only' | 'RSA of 1024 bits' | 'SHA-1' | 'for clients only';

/** A CA of a test's own. `leaf` signs a server certificate for the names (and addresses). */
export interface Ca {
  readonly cert: string;
  leaf(
    names: readonly string[],
    days?: { readonly from: number; readonly to: number },
  ): Promise<Pair>;
  /** A server certificate that is odd in one way, and good in every other. */
  odd(oddity: Oddity, name: string): Promise<Pair>;
  /** A CA whose certificate this one signs. */
  below(name: string): Promise<Ca>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SHORT = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 1_024,
  publicExponent: new Uint8Array([1, 0, 1]),
};
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
  return caOf(cert, keys.privateKey);
}

function caOf(cert: x509.X509Certificate, signingKey: webcrypto.CryptoKey): Ca {
  const sign = async (
    name: string | undefined,
    extensions: x509.Extension[],
    { from = -1, to = 90, hash = 'SHA-256', rsa = false } = {},
  ) => {
    const own = rsa
      ? await webcrypto.subtle.generateKey(SHORT, true, ['sign', 'verify'])
      : await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const made = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: cert.subject,
      notBefore: days(from),
      notAfter: days(to),
      signingAlgorithm: { ...ALGORITHM, hash },
      publicKey: own.publicKey,
      signingKey,
      extensions,
    });
    return { made, own: own.privateKey };
  };
  const pairOf = async ({ made, own }: Awaited<ReturnType<typeof sign>>): Promise<Pair> => {
    const key = await webcrypto.subtle.exportKey('pkcs8', own);
    return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), cert: made.toString('pem') };
  };
  return {
    cert: cert.toString('pem'),
    leaf: async (names, when) => pairOf(await sign(names[0], [namesOf(names)], when)),
    odd: async (oddity, name) => {
      const forClients = new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2']);
      const extensions = [
        ...(oddity === 'common name only' ? [] : [namesOf([name])]),
        ...(oddity === 'for clients only' ? [forClients] : []),
      ];
      const hash = oddity === 'SHA-1' ? 'SHA-1' : 'SHA-256';
      return pairOf(await sign(name, extensions, { hash, rsa: oddity === 'RSA of 1024 bits' }));
    },
    below: async (name) => {
      const isCa = new x509.BasicConstraintsExtension(true, undefined, true);
      const { made, own } = await sign(name, [isCa]);
      return caOf(made, own);
    },
  };
}

function namesOf(names: readonly string[]): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
  );
}

function days(count: number): Date {
  return new Date(Date.now() + count * DAY_MS);
}
