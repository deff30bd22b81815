import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_ADVICE,
  certificateFlawInMessage,
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

/** The account that Purser logs in with. */
export interface SmtpAccount {
  readonly user: string;
  readonly pass: string;
}

/** Turns a mail server's reply into one line of at most 300 characters, without secrets. */
export type ReplyText = (reply: string) => string;

/** Some servers repeat what they refused: the password in clear text, or as it was sent (RFC 4616). */
export function replyTextWithout(login: SmtpAccount | undefined): ReplyText {
  const secrets = login === undefined || login.pass === '' ? [] : passwordForms(login);
  return (reply) => {
    const text = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), reply);
    return oneLine(withoutSecrets(text));
  };
}

function passwordForms({ user, pass }: SmtpAccount): readonly string[] {
  return [`\0${user}\0${pass}`, `${user}\0${user}\0${pass}`, pass]
    .map((text) => Buffer.from(text).toString('base64'))
    .concat(pass);
}

/** A mail that one recipient did not get counts as not delivered, even if the others have it. */
export function refusalError(
  { name, host, port }: MailServer,
  { accepted, refused, isFinal }: MailDelivery,
  replyText: ReplyText,
): PurserError {
  const recipients = refused.map(
    ({ to, reply }) => `${to} (${replyText(reply) || 'no reason given'})`,
  );
  const rest =
    accepted.length === 0
      ? 'accepted for no recipient; check from and to'
      : `accepted for ${accepted.join(', ')}; check to`;
  return new PurserError(
    isFinal ? 'NotConfigured' : 'ServerError',
    `notifier ${name}: mail by ${host}:${port} was refused for ${recipients.join(', ')}, and ${rest}`,
  );
}

/** The error for what nodemailer threw. */
export function smtpError(
  { name, host, port }: MailServer,
  error: unknown,
  replyText: ReplyText,
): PurserError {
  const { message, code, status } = partsOf(error);
  return new PurserError(
    typeOf(code, status),
    `notifier ${name}: mail by ${host}:${port} failed: ${replyText(message)} (${code}); ${adviceFor(message, code)}`,
  );
}

/**
 * A 5xx is permanent, and a 4xx may pass. That holds for a password and for TLS as well (RFC 5321, 4.2.1;
 * RFC 4954, 6; RFC 3207, 4).
 */
function typeOf(code: string, status: number | undefined): FailureType {
  const type = TYPES[code] ?? 'Unreachable';
  // nodemailer itself refuses an entry of `to` without an address.
  if (status === undefined) return code === 'EENVELOPE' ? 'NotConfigured' : type;
  if (status >= 500) return type === 'ServerError' ? 'NotConfigured' : type;
  return type === 'Unreachable' ? type : 'ServerError';
}

const CONNECTING = ['ESOCKET', 'ETLS', 'ECONNECTION'];

function adviceFor(message: string, code: string): string {
  const flaw = CONNECTING.includes(code) ? certificateFlawInMessage(message) : undefined;
  if (flaw === undefined) return ADVICE[code] ?? 'check host, port, tls and firewall';
  const advice =
    flaw === 'unknown-issuer'
      ? 'name the CA that signed it as ca: of the notifier'
      : CERTIFICATE_ADVICE[flaw];
  return `${CERTIFICATE_FLAWS[flaw]}: ${advice}`;
}

// https://nodemailer.com/errors: codes of nodemailer.
const TYPES: Readonly<Record<string, FailureType>> = {
  EAUTH: 'Forbidden',
  EENVELOPE: 'ServerError',
  EMESSAGE: 'ServerError',
  ETLS: 'NotConfigured',
};
const ADVICE: Readonly<Record<string, string>> = {
  EAUTH: 'check user and password, and whether the server supports authentication',
  EENVELOPE: 'check from and to',
  EMESSAGE: "check the mail server's log",
  ETLS: 'the server offers no TLS that can be trusted: check tls and ca in purser.yaml',
};

interface SmtpErrorParts {
  readonly message: string;
  readonly code: string;
  /** The server's reply code, 4xx or 5xx; undefined if it sent none. */
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
