import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
// First: x509 does not load without it.
import '../../../../sandbox/folder/reflect-metadata.ts';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface CertificateFiles {
  readonly names: string[];
  readonly certFile: string;
  readonly keyFile: string;
  readonly pem: string;
}

/** A self-signed certificate for these names, written into the folder as `<first name>.{crt,key}`. */
export async function writeCertificate(
  folder: string,
  names: readonly string[],
): Promise<CertificateFiles> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [first = 'localhost'] = names;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${first}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const pem = certificate.toString('pem');
  const certFile = join(folder, `${first}.crt`);
  const keyFile = join(folder, `${first}.key`);
  await writeFile(certFile, pem);
  await writeFile(keyFile, x509.PemConverter.encode(key, 'PRIVATE KEY'), { mode: 0o600 });
  return { names: [...names], certFile, keyFile, pem };
}
