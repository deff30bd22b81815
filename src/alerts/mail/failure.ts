import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_MENDS,
  certificateFlawIn,
} from '../../domain/wire/certificate-flaw.ts';
import { PurserError } from '../../domain/errors.ts';
import type { FailureType } from '../../domain/errors.ts';
import { withoutSecrets } from '../../domain/redact/redact-lines.ts';
import type { MailDelivery } from './recipients.ts';

interface MailServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** As whom the mail server is spoken to. */
export interface SmtpAccount {
  readonly user: string;
  readonly pass: string;
}

/** What a mail server said, in one line of at most 300 characters, without secrets. */
export type Words = (said: string) => string;

/** Some servers say what they did not take: the password as it stands, or as it was sent (RFC 4616). */
export function wordsFrom(login: SmtpAccount | undefined): Words {
  const secrets = login === undefined || login.pass === '' ? [] : formsOf(login);
  return (said) => {
    const text = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), said);
    return oneLine(withoutSecrets(text));
  };
}

function formsOf({ user, pass }: SmtpAccount): readonly string[] {
  return [`\0${user}\0${pass}`, `${user}\0${user}\0${pass}`, pass]
    .map((text) => Buffer.from(text).toString('base64'))
    .concat(pass);
}

/** One who is not told is a mail that was not delivered, though others have it. */
export function refusedBy(
  { name, host, port }: MailServer,
  { accepted, refused, isFinal }: MailDelivery,
  words: Words,
): PurserError {
  const who = refused.map(({ to, said }) => `${to} (${words(said) || 'without a word'})`);
  const rest =
    accepted.length === 0
      ? 'taken for nobody; look at from and to'
      : `taken for ${accepted.join(', ')}; look at to`;
  return new PurserError(
    isFinal ? 'NotConfigured' : 'ServerError',
    `notifier ${name}: mail by ${host}:${port} was refused for ${who.join(', ')}, and ${rest}`,
  );
}

/** What it means that nodemailer threw. */
export function failure(
  { name, host, port }: MailServer,
  error: unknown,
  words: Words,
): PurserError {
  const { message, code, status } = partsOf(error);
  return new PurserError(
    typeOf(code, status),
    `notifier ${name}: mail by ${host}:${port} failed: ${words(message)} (${code}); ${wayOut(message, code)}`,
  );
}

/** 5xx: trying again is no use; 4xx: it is, for a password and TLS as well (RFC 5321, 4.2.1; RFC 4954, 6; RFC 3207, 4). */
function typeOf(code: string, status: number | undefined): FailureType {
  const type = TYPES[code] ?? 'Unreachable';
  // What nodemailer itself refuses: an entry of `to` with nobody in it.
  if (status === undefined) return code === 'EENVELOPE' ? 'NotConfigured' : type;
  if (status >= 500) return type === 'ServerError' ? 'NotConfigured' : type;
  return type === 'Unreachable' ? type : 'ServerError';
}

const CONNECTING = ['ESOCKET', 'ETLS', 'ECONNECTION'];

function wayOut(message: string, code: string): string {
  const flaw = CONNECTING.includes(code) ? certificateFlawIn(message) : undefined;
  if (flaw === undefined) return WAYS_OUT[code] ?? 'check host, port, tls and firewall';
  const mend =
    flaw === 'unknown-issuer'
      ? 'name the CA that signed it as ca: of the notifier'
      : CERTIFICATE_MENDS[flaw];
  return `${CERTIFICATE_FLAWS[flaw]}: ${mend}`;
}

// https://nodemailer.com/errors: codes of nodemailer.
const TYPES: Readonly<Record<string, FailureType>> = {
  EAUTH: 'Forbidden',
  EENVELOPE: 'ServerError',
  EMESSAGE: 'ServerError',
  ETLS: 'NotConfigured',
};
const WAYS_OUT: Readonly<Record<string, string>> = {
  EAUTH: 'look at user and password, and whether the server takes any',
  EENVELOPE: 'look at from and to',
  EMESSAGE: "look at the mail server's log",
  ETLS: 'the server offers no TLS that can be trusted: look at tls and ca in purser.yaml',
};

interface SmtpErrorParts {
  readonly message: string;
  readonly code: string;
  /** The server's, 4xx or 5xx; undefined where it said nothing. */
  readonly status?: number | undefined;
}

function partsOf(error: unknown): SmtpErrorParts {
  if (!(error instanceof Error)) return { message: 'unknown error', code: 'EUNKNOWN' };
  const status = 'responseCode' in error ? error.responseCode : undefined;
  return {
    message: error.message,
    code: 'code' in error ? String(error.code) : error.name,
    status: typeof status === 'number' ? status : undefined,
  };
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
