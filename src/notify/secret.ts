import { readFileSync } from 'node:fs';
import { PurserError } from '../domain/errors.ts';
import type { ReadSecret } from './notifier.ts';

/** Where a secret is: a file, or a variable of the environment. */
export type SecretSource = { readonly file: string } | { readonly env: string };

/** Reads a secret when it is used. `what` names it in messages: `notifier oncall: its token`. */
export function secretReader(what: string, source: SecretSource): ReadSecret {
  return () => {
    const text = ('file' in source ? readFrom(what, source.file) : process.env[source.env])?.trim();
    if (text !== undefined && text !== '') return text;
    const where = 'file' in source ? `the file ${source.file}` : `the variable ${source.env}`;
    throw new PurserError('NotConfigured', `${what} is empty or not set: look at ${where}`);
  };
}

function readFrom(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new PurserError('NotConfigured', `${what} cannot be read: ${reason}`);
  }
}
