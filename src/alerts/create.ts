import { readPoolFile } from '../net/pool.ts';
import { createAlertmanagerNotifier } from './alertmanager.ts';
import type { AlertmanagerSettings } from './alertmanager.ts';
import { createMailNotifier } from './mail/mail.ts';
import type { MailSettings } from './mail/mail.ts';
import type { Notifier } from './notifier.ts';
import { secretReader } from './secret.ts';
import type { SecretSource } from './secret.ts';
import { createSlackNotifier } from './slack.ts';
import type { SlackSettings } from './slack.ts';
import { createWebhookNotifier } from './webhook.ts';
import type { WebhookSettings } from './webhook.ts';

const HOUR_MS = 3_600_000;

/** One entry of `notify:`: the settings of a notifier, with the sources of its secrets and its file names. */
export type NotifierSettings =
  | (Omit<AlertmanagerSettings, 'token' | 'password' | 'keepForMs'> & {
      readonly token?: SecretSource | undefined;
      readonly password?: SecretSource | undefined;
      readonly keepForHours: number;
    })
  | (Omit<WebhookSettings, 'secret'> & { readonly secret: SecretSource })
  | (Omit<SlackSettings, 'url'> & { readonly url: SecretSource })
  | (Omit<MailSettings, 'password'> & { readonly password?: SecretSource | undefined });

/** Creates the notifiers of a configuration. Throws `NotConfigured` if a CA file cannot be read. */
export function createNotifiers(entries: readonly NotifierSettings[]): readonly Notifier[] {
  return entries.map(create);
}

function create(entry: NotifierSettings): Notifier {
  const ca =
    entry.ca === undefined ? undefined : readPoolFile(entry.ca, `notifier ${entry.name}: its ca`);
  const secret = (what: string, source: SecretSource) =>
    secretReader(`notifier ${entry.name}: its ${what}`, source);
  const optional = (what: string, source: SecretSource | undefined) =>
    source === undefined ? undefined : secret(what, source);
  switch (entry.type) {
    case 'alertmanager':
      return createAlertmanagerNotifier({
        ...entry,
        ca,
        token: optional('token', entry.token),
        password: optional('password', entry.password),
        keepForMs: entry.keepForHours * HOUR_MS,
      });
    case 'webhook':
      return createWebhookNotifier({ ...entry, ca, secret: secret('secret', entry.secret) });
    case 'slack':
      return createSlackNotifier({ ...entry, ca, url: secret('URL', entry.url) });
    case 'mail':
      return createMailNotifier({ ...entry, ca, password: optional('password', entry.password) });
  }
}
