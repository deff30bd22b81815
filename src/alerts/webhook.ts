import { PurserError } from '../domain/errors.ts';
import { matchesRoute } from './routing.ts';
import type { AlertRoute, AlertMessage, Notifier, ReadSecret } from './notifier.ts';
import { post } from './post.ts';
import { signatureOf } from './signature.ts';
import type { SignedContent } from './signature.ts';
import { episodeOf, messageKey, messageLines, withoutSecretsIn, titleOf } from './wording.ts';

const SECRET_CHARACTERS = 24;

export interface WebhookSettings extends AlertRoute {
  readonly type: 'webhook';
  readonly url: string;
  readonly secret: ReadSecret;
  readonly ca?: string | undefined;
}

/**
 * Posts JSON, signed by Standard Webhooks (https://www.standardwebhooks.com), for which there are
 * libraries. The headers are `webhook-id`, `webhook-timestamp` in seconds and `webhook-signature`: `v1,`
 * and the base64 of the HMAC-SHA256 over `<id>.<timestamp>.<body>`. A receiver should refuse old
 * timestamps and accept an id once: a retry has the same id (also as `Idempotency-Key`).
 */
export function createWebhookNotifier(settings: WebhookSettings): Notifier {
  const { name, type, url, secret, ca } = settings;
  return {
    name,
    type,
    matches: matchesRoute(settings),
    deliver: async (message, signal) => {
      const body = JSON.stringify(payloadOf(message));
      const id = messageKey(message.alert);
      const timestamp = Math.floor(Date.now() / 1_000);
      const key = secret();
      assertLong(name, key);
      const signature = sign(name, { id, timestamp, body }, key);
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': id,
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      };
      return post({ notifier: name, url, headers, ca, signal }, body);
    },
  };
}

function payloadOf(message: AlertMessage): object {
  const { alert, command, link } = message;
  return {
    type: `purser.alert.${alert.state}`,
    timestamp: alert.at,
    data: {
      ...alert,
      ...withoutSecretsIn(alert),
      episode: episodeOf(alert),
      title: titleOf(message),
      text: messageLines(message).join('\n'),
      command,
      ...(link === undefined ? {} : { link }),
    },
  };
}

function sign(name: string, signed: SignedContent, key: string): string {
  try {
    return signatureOf(signed, key);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PurserError(
      'NotConfigured',
      `notifier ${name}: its secret cannot sign: ${error.message}; make one with \`echo whsec_$(openssl rand -base64 32)\``,
    );
  }
}

function assertLong(name: string, secret: string): void {
  if (secret.length >= SECRET_CHARACTERS) return;
  throw new PurserError(
    'NotConfigured',
    `notifier ${name}: its secret has fewer than ${SECRET_CHARACTERS} characters; make one with \`openssl rand -base64 32\``,
  );
}
