import { createTransport } from 'nodemailer';
import { PurserError } from '../../domain/errors.ts';
import { matchesRoute } from '../routing.ts';
import { failure, refusedBy, wordsFrom } from './failure.ts';
import type { SmtpAccount } from './failure.ts';
import type { Audience, AlertMessage, Notifier, ReadSecret } from '../notifier.ts';
import { createReceipts, outcomeIn, outcomeOf } from './recipients.ts';
import { episodeOf, messageKey, messageLines, titleOf } from '../wording.ts';

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
    takes: matchesRoute(settings),
    deliver: async (message, signal) => {
      const login = loginOf(settings);
      const transport = open(settings, login);
      const words = wordsFrom(login);
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
          throw refusedBy(settings, outcome, words);
        }
        receipts.forget(mail.messageId);
        return words(sent.response);
      } catch (error) {
        if (error instanceof PurserError) throw error;
        signal.throwIfAborted();
        const outcome = outcomeIn(error);
        throw outcome === undefined
          ? failure(settings, error, words)
          : refusedBy(settings, outcome, words);
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

function loginOf({ user, password }: MailSettings): SmtpAccount | undefined {
  return user === undefined || password === undefined ? undefined : { user, pass: password() };
}

function open({ host, port, tls, ca }: MailSettings, login: SmtpAccount | undefined) {
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { allowPartialTrustChain: true, ...(ca === undefined ? {} : { ca }) },
    // Forced: a server that asks for no password would be sent the mail as if none were set.
    ...(login === undefined ? {} : { auth: login, forceAuth: true }),
    connectionTimeout: WITHIN_MS,
    greetingTimeout: WITHIN_MS,
    socketTimeout: WITHIN_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailOf(message: AlertMessage, { from, to }: MailSettings) {
  const { alert } = message;
  const domain = /@([^@>\s]+)>?$/.exec(from)?.[1] ?? 'purser.invalid';
  const thread = `<purser-${episodeOf(alert)}@${domain}>`;
  return {
    from,
    to: [...to],
    subject: `[${alert.state === 'resolved' ? 'resolved' : alert.severity}] ${titleOf(message)}`,
    text: `${messageLines(message).join('\n')}\n`,
    messageId: `<purser-${messageKey(alert)}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    date: new Date(alert.at),
    // RFC 3834: keeps holiday answers away.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
