import { readFileSync } from 'node:fs';
import { errorMessage, PurserError } from '../domain/errors.ts';
import type { ReadSecret } from './notifier.ts';

/** Where a secret is: a file, or an environment variable. */
export type SecretSource = { readonly file: string } | { readonly env: string };

/** Reads a secret when it is used. `what` names it in messages: `notifier oncall: its token`. */
export function secretReader(what: string, source: SecretSource): ReadSecret {
  return () => {
    const text = ('file' in source ? readFrom(what, source.file) : process.env[source.env])?.trim();
    const isMissing = text === undefined || text === '';
    // Headers and URLs allow no line break, and each library reports it in another way.
    if (!isMissing && !/[\r\n\0]/.test(text)) return text;
    const where = 'file' in source ? `the file ${source.file}` : `the variable ${source.env}`;
    const flaw = isMissing ? 'is empty or not set' : 'has a line break in it';
    throw new PurserError('NotConfigured', `${what} ${flaw}: check ${where}`);
  };
}

function readFrom(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = errorMessage(error);
    throw new PurserError('NotConfigured', `${what} cannot be read: ${reason}`);
  }
}
