import { createTransport } from 'nodemailer';
import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_MENDS,
  certificateFlawIn,
} from '../domain/wire/certificate-flaw.ts';
import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';
import { takesFor } from './audience.ts';
import type { Audience, Message, Notifier, ReadSecret } from './notifier.ts';
import { createReceipts, outcomeOf } from './recipients.ts';
import type { Outcome } from './recipients.ts';
import { episodeOf, keyOf, linesOf, titleOf } from './wording.ts';

const WITHIN_MS = 15_000;

export interface MailSettings extends Audience {
  readonly type: 'mail';
  readonly host: string;
  readonly port: number;
  /** `starttls`: refused where the server does not offer it. `implicit`: TLS from the first byte. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: string | undefined;
  readonly password?: ReadSecret | undefined;
  readonly ca?: string | undefined;
}

/**
 * Mail by SMTP. A second try carries the same Message-ID, by which most mail servers and readers
 * know it for the same; all messages of one failure are one thread. Where some were refused, only they
 * are tried again.
 */
export function createMailNotifier(settings: MailSettings): Notifier {
  const { name, type, from, to } = settings;
  const receipts = createReceipts();
  return {
    name,
    type,
    takes: takesFor(settings),
    deliver: async (message, signal) => {
      const transport = open(settings);
      const mail = mailOf(message, settings);
      const left = receipts.left(mail.messageId, to);
      try {
        // The header names everybody all the same.
        const sending = transport.sendMail({ ...mail, envelope: { from, to: [...left] } });
        const sent = await Promise.race([sending, aborted(signal)]);
        const outcome = outcomeOf(sent);
        if (outcome.refused.length > 0) {
          const names = outcome.refused.map((each) => each.to);
          receipts.note(mail.messageId, names);
          throw refusedBy(settings, outcome);
        }
        receipts.forget(mail.messageId);
        return oneLine(sent.response);
      } catch (error) {
        if (error instanceof PurserError) throw error;
        signal.throwIfAborted();
        throw failure(settings, error);
      } finally {
        transport.close();
      }
    },
  };
}

// nodemailer knows no signal: what is under way ends by its own timeout, with nobody waiting for it.
async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

function open({ host, port, tls, user, password, ca }: MailSettings) {
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { allowPartialTrustChain: true, ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password() } }),
    connectionTimeout: WITHIN_MS,
    greetingTimeout: WITHIN_MS,
    socketTimeout: WITHIN_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailOf(message: Message, { from, to }: MailSettings) {
  const { alert } = message;
  const domain = /@([^@>\s]+)>?$/.exec(from)?.[1] ?? 'purser.invalid';
  const thread = `<purser-${episodeOf(alert)}@${domain}>`;
  return {
    from,
    to: [...to],
    subject: `[${alert.state === 'resolved' ? 'resolved' : alert.severity}] ${titleOf(message)}`,
    text: `${linesOf(message).join('\n')}\n`,
    messageId: `<purser-${keyOf(alert)}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    date: new Date(alert.at),
    // RFC 3834: keeps holiday answers away.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** One who is not told is a mail that was not delivered, though others have it. */
function refusedBy(
  { name, host, port }: MailSettings,
  { accepted, refused, isFinal }: Outcome,
): PurserError {
  const who = refused.map(({ to, said }) => `${to} (${oneLine(said) || 'without a word'})`);
  return new PurserError(
    isFinal ? 'NotConfigured' : 'ServerError',
    `notifier ${name}: mail by ${host}:${port} was refused for ${who.join(', ')}, and taken for ${accepted.join(', ')}; look at to`,
  );
}

function failure({ name, host, port }: MailSettings, error: unknown): PurserError {
  const { message, code } = partsOf(error);
  return new PurserError(
    TYPES[code] ?? 'Unreachable',
    `notifier ${name}: mail by ${host}:${port} failed: ${oneLine(message)} (${code}); ${wayOut(message, code)}`,
  );
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
  EAUTH: 'look at user and password',
  EENVELOPE: 'look at from and to',
  EMESSAGE: "look at the mail server's log",
  ETLS: 'the server offers no TLS that can be trusted: look at tls and ca in purser.yaml',
};

function partsOf(error: unknown): { readonly message: string; readonly code: string } {
  if (!(error instanceof Error)) return { message: 'unknown error', code: 'EUNKNOWN' };
  return { message: error.message, code: 'code' in error ? String(error.code) : error.name };
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
