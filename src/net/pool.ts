import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorMessage, PurserError } from '../domain/errors.ts';
import { withoutCircles } from './circles.ts';
import { whyUnread } from './peer-certificate.ts';

/**
 * The certificates of a PEM bundle, without those that cannot be read, which Go passes over
 * (`x509.CertPool.AppendCertsFromPEM`): OpenSSL stops at the first, and trusts nothing after it. [] where
 * none can be read.
 */
export function readPool(pem: string): readonly X509Certificate[] {
  return readBundle(pem).certificates;
}

/**
 * The same, and how many blocks there are beside them that are PEM and no certificate. client-go's
 * `ParseCertsPEM`, by which OAuth server and API server read a CA, refuses the whole bundle for one of these,
 * and passes over only what Go finds no block in.
 */
export function readBundle(pem: string): Bundle {
  const blocks = [...pem.matchAll(BLOCK)].map(([, body = '']) => body.replaceAll(/\s/g, ''));
  const found = blocks.filter((base64) => BASE64.test(base64));
  const certificates = found.flatMap(read);
  return { certificates, unread: found.length - certificates.length };
}

export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  readonly unread: number;
}

/**
 * What of a bundle is to be trusted, as PEM. One that has expired is left out where the bundle holds its
 * issuer, too: Go looks for another way to that, OpenSSL would stop at the expired one. See also
 * {@link withoutCircles}.
 */
export function trustedOf(pem: string): readonly string[] {
  const all = readPool(pem);
  const good = all.filter((each) => !hasExpired(each));
  const isSpare = (each: X509Certificate) => good.some((other) => each.checkIssued(other));
  const kept = all.filter((each) => good.includes(each) || !isSpare(each));
  return withoutCircles(kept).map((each) => each.toString().trimEnd());
}

function hasExpired({ validTo }: X509Certificate): boolean {
  return new Date(validTo).getTime() < Date.now();
}

// Go wants both lines for themselves: what stands before one (a byte order mark, the end of the block before
// it where two files were put together without a line break) makes it none.
const BLOCK =
  /(?<![^\n])-----BEGIN CERTIFICATE-----[ \t\r]*\n([A-Za-z0-9+/=\s]*)\n-----END CERTIFICATE-----(?=[ \t\r]*(?:\n|$))/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The same of a file, as one PEM text. Throws `NotConfigured` where the file cannot be read, or where nothing
 * in it can: it would trust nobody. `what` names the setting.
 */
export function readPoolFile(file: string, what: string): string {
  try {
    return poolOf(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = errorMessage(error);
    throw new PurserError('NotConfigured', `${what} cannot be read: ${reason}`);
  }
}

/** {@link trustedOf} as one text. Throws an `Error` where there is none, as kubectl does. */
export function poolOf(pem: string): string {
  const blocks = trustedOf(pem);
  if (blocks.length > 0) return `${blocks.join('\n')}\n`;
  throw new Error('there is no certificate in it that can be read (PEM, BEGIN CERTIFICATE)');
}

function read(base64: string): readonly X509Certificate[] {
  const der = Buffer.from(base64, 'base64');
  try {
    const certificate = new X509Certificate(der);
    const isWhole = certificate.raw.length === der.length;
    return isWhole && whyUnread(certificate) === undefined ? [certificate] : [];
  } catch {
    return [];
  }
}
