import { createHmac } from 'node:crypto';
import { PurserError } from '../domain/errors.ts';
import { takesFor } from './audience.ts';
import type { Audience, Message, Notifier, ReadSecret } from './notifier.ts';
import { post } from './post.ts';
import { episodeOf, keyOf, linesOf, titleOf } from './wording.ts';

const SECRET_CHARACTERS = 24;

export interface WebhookSettings extends Audience {
  readonly type: 'webhook';
  readonly url: string;
  readonly secret: ReadSecret;
  readonly ca?: string | undefined;
}

/**
 * Posts JSON, signed as Standard Webhooks has it (https://www.standardwebhooks.com), for which there
 * are libraries: `webhook-id`, `webhook-timestamp` in seconds, and `webhook-signature`, which is
 * `v1,` and the base64 of the HMAC-SHA256 over `<id>.<timestamp>.<body>`. A receiver refuses old
 * timestamps, and takes an id once: a second try has the same id (also as `Idempotency-Key`).
 */
export function createWebhookNotifier(settings: WebhookSettings): Notifier {
  const { name, type, url, secret, ca } = settings;
  return {
    name,
    type,
    takes: takesFor(settings),
    deliver: async (message, signal) => {
      const body = JSON.stringify(payloadOf(message));
      const id = keyOf(message.alert);
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const key = signingKey(name, secret());
      return post({
        notifier: name,
        url,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': id,
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': sign(key, `${id}.${timestamp}.${body}`),
        },
        body,
        ca,
        signal,
      });
    },
  };
}

function payloadOf(message: Message): object {
  const { alert, command, link } = message;
  return {
    type: `purser.alert.${alert.state}`,
    timestamp: alert.at,
    data: {
      ...alert,
      episode: episodeOf(alert),
      title: titleOf(message),
      text: linesOf(message).join('\n'),
      command,
      ...(link === undefined ? {} : { link }),
    },
  };
}

// As in the libraries: `whsec_` and base64, else the text itself.
function signingKey(name: string, secret: string): Buffer {
  if (secret.length < SECRET_CHARACTERS) {
    throw new PurserError(
      'NotConfigured',
      `notifier ${name}: its secret has fewer than ${SECRET_CHARACTERS} characters; make one with \`openssl rand -base64 32\``,
    );
  }
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

function sign(key: Buffer, text: string): string {
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}
