import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PurserError } from '../domain/errors.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM bundle, without those that cannot be read, which Go passes over
 * (`x509.CertPool.AppendCertsFromPEM`): OpenSSL stops at the first, and trusts nothing after it. [] where
 * none can be read.
 */
export function readPool(pem: string): readonly string[] {
  return (pem.match(BLOCK) ?? []).filter(isReadable);
}

/**
 * The same of a file, as one PEM text. Throws `NotConfigured` where the file cannot be read, or where nothing
 * in it can: it would trust nobody. `what` names the setting.
 */
export function readPoolFile(file: string, what: string): string {
  try {
    return poolOf(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new PurserError('NotConfigured', `${what} cannot be read: ${reason}`);
  }
}

/** {@link readPool} as one text. Throws an `Error` where there is none, as kubectl does. */
export function poolOf(pem: string): string {
  const blocks = readPool(pem);
  if (blocks.length > 0) return `${blocks.join('\n')}\n`;
  throw new Error('there is no certificate in it that can be read (PEM, BEGIN CERTIFICATE)');
}

function isReadable(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}
