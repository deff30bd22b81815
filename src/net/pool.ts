import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorMessage, PurserError } from '../domain/errors.ts';
import { withoutCycles } from './cycles.ts';
import { whyUnreadable } from './peer-certificate.ts';

/**
 * The certificates of a PEM bundle, without those that cannot be read, which Go skips
 * (`x509.CertPool.AppendCertsFromPEM`). OpenSSL stops at the first of those and trusts nothing after it.
 * [] if none can be read.
 */
export function readPool(pem: string): readonly X509Certificate[] {
  return readBundle(pem).certificates;
}

/**
 * The same, and the number of PEM blocks that hold no certificate. OAuth server and API server read a CA by
 * client-go's `ParseCertsPEM`. It refuses the whole bundle for one such block, and skips only text that
 * Go does not recognise as a block.
 */
export function readBundle(pem: string): Bundle {
  const blocks = [...pem.matchAll(BLOCK)].map(([, body = '']) => body.replaceAll(/\s/g, ''));
  const found = blocks.filter((base64) => BASE64.test(base64));
  const certificates = found.flatMap(parseBlock);
  return { certificates, unread: found.length - certificates.length };
}

export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  readonly unread: number;
}

/**
 * The certificates of a bundle to trust, as PEM. An expired one is left out if the bundle also holds its
 * issuer: Go looks for another path to the issuer, and OpenSSL would stop at the expired one. See also
 * {@link withoutCycles}.
 */
export function trustedCertificates(pem: string): readonly string[] {
  const all = readPool(pem);
  const good = all.filter((each) => !hasExpired(each));
  const isReplaceable = (each: X509Certificate) => good.some((other) => each.checkIssued(other));
  const kept = all.filter((each) => good.includes(each) || !isReplaceable(each));
  return withoutCycles(kept).map((each) => each.toString().trimEnd());
}

function hasExpired({ validTo }: X509Certificate): boolean {
  return new Date(validTo).getTime() < Date.now();
}

// Go wants each of the two lines to hold nothing else. A byte order mark before one spoils it, and so does the
// end of the previous block, if two files were joined without a line break.
const BLOCK =
  /(?<![^\n])-----BEGIN CERTIFICATE-----[ \t\r]*\n([A-Za-z0-9+/=\s]*)\n-----END CERTIFICATE-----(?=[ \t\r]*(?:\n|$))/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The same for a file, as one PEM text. Throws `NotConfigured` if the file cannot be read, or if it holds no
 * readable certificate: then no server would be trusted. `what` names the setting.
 */
export function readPoolFile(file: string, what: string): string {
  try {
    return trustedBundle(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = errorMessage(error);
    throw new PurserError('NotConfigured', `${what} cannot be read: ${reason}`);
  }
}

/** {@link trustedCertificates} as one text. Throws an `Error` if there is none, as kubectl does. */
export function trustedBundle(pem: string): string {
  const blocks = trustedCertificates(pem);
  if (blocks.length > 0) return `${blocks.join('\n')}\n`;
  throw new Error('there is no certificate in it that can be read (PEM, BEGIN CERTIFICATE)');
}

function parseBlock(base64: string): readonly X509Certificate[] {
  const der = Buffer.from(base64, 'base64');
  try {
    const certificate = new X509Certificate(der);
    const isWhole = certificate.raw.length === der.length;
    return isWhole && whyUnreadable(certificate) === undefined ? [certificate] : [];
  } catch {
    return [];
  }
}
