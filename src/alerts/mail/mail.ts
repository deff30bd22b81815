import { createTransport } from 'nodemailer';
import { PurserError } from '../../domain/errors.ts';
import { matchesRoute } from '../routing.ts';
import { smtpError, refusalError, replyTextWithout } from './failure.ts';
import type { SmtpAccount } from './failure.ts';
import type { AlertRoute, AlertMessage, Notifier, ReadSecret } from '../notifier.ts';
import { createDeliveryRecord, deliveryInError, deliveryOf } from './recipients.ts';
import { episodeOf, messageKey, messageLines, titleOf } from '../wording.ts';

const WITHIN_MS = 15_000;

export interface MailSettings extends AlertRoute {
  readonly type: 'mail';
  readonly host: string;
  readonly port: number;
  /** `starttls`: fails if the server does not offer it. `implicit`: TLS from the first byte. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: string | undefined;
  readonly password?: ReadSecret | undefined;
  readonly ca?: string | undefined;
}

/**
 * Mail by SMTP. A retry has the same Message-ID, by which most mail servers and clients recognise it;
 * all messages of one failure are one thread. If some recipients were refused, only they are retried.
 */
export function createMailNotifier(settings: MailSettings): Notifier {
  const { name, type, from, to } = settings;
  const record = createDeliveryRecord();
  return {
    name,
    type,
    matches: matchesRoute(settings),
    deliver: async (message, signal) => {
      const login = loginOf(settings);
      const transport = open(settings, login);
      const replyText = replyTextWithout(login);
      const mail = mailOf(message, settings);
      const pending = record.pending(mail.messageId, to);
      try {
        // The header still names all recipients.
        const sending = transport.sendMail({ ...mail, envelope: { from, to: [...pending] } });
        const sent = await Promise.race([sending, aborted(signal)]);
        const delivery = deliveryOf(sent);
        if (delivery.refused.length > 0) {
          const names = delivery.refused.map((each) => each.to);
          record.setPending(mail.messageId, names);
          throw refusalError(settings, delivery, replyText);
        }
        record.clear(mail.messageId);
        return replyText(sent.response);
      } catch (error) {
        if (error instanceof PurserError) throw error;
        signal.throwIfAborted();
        const delivery = deliveryInError(error);
        throw delivery === undefined
          ? smtpError(settings, error, replyText)
          : refusalError(settings, delivery, replyText);
      } finally {
        transport.close();
      }
    },
  };
}

// nodemailer takes no AbortSignal: a send that was abandoned ends by its own timeout.
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
    // Forced: otherwise nodemailer would skip the login at a server that does not ask for one.
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
    // RFC 3834: prevents automatic replies, such as out-of-office messages.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
