import type { Alert } from './model/alert.ts';
import { matchesRoute } from './routing.ts';
import type { AlertRoute, AlertMessage, Notifier, ReadSecret } from './notifier.ts';
import { post } from './post.ts';
import { messageLines, titleOf } from './wording.ts';

export interface SlackSettings extends AlertRoute {
  readonly type: 'slack';
  /** The whole URL is a secret: it allows anyone to write into the channel. */
  readonly url: ReadSecret;
  readonly ca?: string | undefined;
}

/**
 * An incoming webhook of Slack, or of a compatible server (Mattermost, Rocket.Chat, Discord's
 * `/slack`). It is not idempotent: if the response is lost, the message is sent twice.
 */
export function createSlackNotifier(settings: SlackSettings): Notifier {
  const { name, type, url, ca } = settings;
  return {
    name,
    type,
    matches: matchesRoute(settings),
    deliver: async (message, signal) => {
      const call = {
        notifier: name,
        url: url(),
        headers: { 'content-type': 'application/json' },
        ca,
        signal,
        // Slack's own codes (invalid_token, no_service, ok). Other servers repeat the path, a secret.
        shows: (answer: string) => /^[a-z_]{2,30}$/.exec(answer.trim())?.[0],
      };
      return post(call, JSON.stringify(payloadOf(message)));
    },
  };
}

function payloadOf(message: AlertMessage): object {
  const [summary = '', ...rest] = messageLines(message).map(escape);
  return {
    text: `*${escape(titleOf(message))}*`,
    attachments: [
      { color: colourOf(message.alert), fallback: summary, text: [summary, ...rest].join('\n') },
    ],
  };
}

// Otherwise a text from a registry could mention a whole channel (<!channel>) or hide a link.
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function colourOf({ state, severity }: Alert): string {
  if (state === 'resolved') return 'good';
  return severity === 'critical' ? 'danger' : 'warning';
}
