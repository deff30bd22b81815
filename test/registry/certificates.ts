// First: x509 does not load without it.
import '../../sandbox/folder/reflect-metadata.ts';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

/** A key and its certificate, in PEM. */
export interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** What is unusual in a certificate: see {@link Ca.odd}. */
export type Oddity =
  | 'common name only'
  | 'addresses only'
  | 'no subject'
  | 'RSA of 1024 bits'
  | 'SHA-1'
  | 'for clients only'
  | 'of a CA for other names'
  | 'an unknown critical extension';

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
  /** A certificate for the name and the key of another CA, which this one vouches for by it. */
  over(other: string): Promise<string>;
  /**
   * A server certificate of a CA below whose own has expired (`old`) and was made anew with the same key, which
   * is sent, too.
   */
  renewed(ca: string, name: string): Promise<Pair & { readonly old: string }>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SHORT = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 1_024,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const IS_CA = new x509.BasicConstraintsExtension(true, undefined, true);
/** Name constraints (RFC 5280 4.2.1.10): `other.test` only. */
const OTHERS_ONLY = new x509.Extension(
  '2.5.29.30',
  true,
  Buffer.concat([Buffer.from('3010a00e300c820a', 'hex'), Buffer.from('other.test')]),
);

interface Signing {
  readonly from?: number;
  readonly to?: number;
  readonly hash?: string;
  readonly rsa?: boolean;
  readonly keys?: webcrypto.CryptoKeyPair;
}

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
    { from = -1, to = 90, hash = 'SHA-256', rsa = false, keys }: Signing = {},
  ) => {
    const own = keys ?? (await newKeys(rsa ? SHORT : ALGORITHM));
    const made = await x509.X509CertificateGenerator.create({
      subject: name === undefined ? '' : `CN=${name}`,
      issuer: cert.subject,
      notBefore: days(from),
      notAfter: days(to),
      signingAlgorithm: { ...ALGORITHM, hash },
      publicKey: own.publicKey,
      signingKey,
      extensions,
    });
    return { made, own: own.privateKey, keys: own };
  };
  type Signed = Awaited<ReturnType<typeof sign>>;
  const pairOf = async ({ made, own }: Pick<Signed, 'made' | 'own'>): Promise<Pair> => {
    const key = await webcrypto.subtle.exportKey('pkcs8', own);
    return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), cert: made.toString('pem') };
  };
  return {
    cert: cert.toString('pem'),
    leaf: async (names, when) => pairOf(await sign(names[0], [namesOf(names)], when)),
    odd: async (oddity, name) => {
      if (oddity === 'of a CA for other names') {
        const { made, own } = await sign('For others', [IS_CA, OTHERS_ONLY]);
        const leaf = await caOf(made, own).leaf([name]);
        return { key: leaf.key, cert: `${leaf.cert}\n${made.toString('pem')}` };
      }
      const hash = oddity === 'SHA-1' ? 'SHA-1' : 'SHA-256';
      const subject = oddity === 'no subject' ? undefined : name;
      const rsa = oddity === 'RSA of 1024 bits';
      return pairOf(await sign(subject, extensionsOf(oddity, name), { hash, rsa }));
    },
    below: async (name) => {
      const { made, own } = await sign(name, [IS_CA]);
      return caOf(made, own);
    },
    over: async (other) => {
      const { subject, publicKey } = new x509.X509Certificate(other);
      const made = await x509.X509CertificateGenerator.create({
        subject,
        issuer: cert.subject,
        notBefore: days(-1),
        notAfter: days(90),
        signingAlgorithm: ALGORITHM,
        publicKey,
        signingKey,
        extensions: [IS_CA],
      });
      return made.toString('pem');
    },
    renewed: async (ca, name) => {
      const { made: old, own, keys } = await sign(ca, [IS_CA], { from: -9, to: -1 });
      const { made } = await sign(ca, [IS_CA], { keys });
      const leaf = await caOf(made, own).leaf([name]);
      return {
        key: leaf.key,
        cert: `${leaf.cert}\n${made.toString('pem')}`,
        old: old.toString('pem'),
      };
    },
  };
}

function extensionsOf(oddity: Oddity, name: string): x509.Extension[] {
  switch (oddity) {
    case 'common name only':
      return [];
    case 'addresses only':
      return [namesOf(['10.0.0.1'])];
    case 'for clients only':
      return [namesOf([name]), new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])];
    case 'an unknown critical extension':
      return [namesOf([name]), new x509.Extension('1.2.3.4', true, Buffer.from('3000', 'hex'))];
    default:
      return [namesOf([name])];
  }
}

function newKeys(algorithm: typeof ALGORITHM | typeof SHORT): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function namesOf(names: readonly string[]): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
  );
}

function days(count: number): Date {
  return new Date(Date.now() + count * DAY_MS);
}
