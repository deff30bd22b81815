import { SEVERITIES } from '../domain/alert.ts';
import type { Alert, Severity } from '../domain/alert.ts';
import { takesFor } from './audience.ts';
import type { Audience, Message, Notifier, ReadSecret } from './notifier.ts';
import { post } from './post.ts';
import { linesOf, titleOf } from './wording.ts';

/** A test ends by itself; long enough for a group's wait, so that it goes the whole way. */
const TEST_MS = 2 * 60_000;

export interface AlertmanagerSettings extends Audience {
  readonly type: 'alertmanager';
  /** Of Alertmanager; `/api/v2/alerts` is added. */
  readonly url: string;
  /** How long it keeps an alert open without hearing of it again, in milliseconds. */
  readonly keepForMs: number;
  /** Put on every alert, for the routes. */
  readonly labels: Readonly<Record<string, string>>;
  readonly token?: ReadSecret | undefined;
  readonly ca?: string | undefined;
}

/**
 * Alertmanager's API v2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
 * Telling twice is harmless: alerts are the same by their labels. An alert ends by its `endsAt`, and
 * a restarted Alertmanager knows none: therefore what is firing is told again with every run.
 */
export function createAlertmanagerNotifier(settings: AlertmanagerSettings): Notifier {
  const { name, type, url, token, ca } = settings;
  const deliver = async (messages: readonly Message[], signal: AbortSignal) =>
    post({
      notifier: name,
      url: `${url.replace(/\/$/, '')}/api/v2/alerts`,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token()}` }),
      },
      body: JSON.stringify(messages.flatMap((message) => alertsOf(message, settings))),
      ca,
      signal,
      shows: (answer) => (token !== undefined && answer.includes(token()) ? undefined : answer),
    });
  return {
    name,
    type,
    takes: takesFor(settings),
    deliver: async (message, signal) => deliver([message], signal),
    refresh: deliver,
  };
}

// The severity is a label, because routes go by it, and labels are what makes an alert the same: an
// alert whose severity has changed is another one, and the former must be closed.
function alertsOf(message: Message, settings: AlertmanagerSettings): readonly object[] {
  const { alert } = message;
  return SEVERITIES.filter((severity) => mayBeOpen(severity, alert)).map((severity) => {
    const isOpen = severity === alert.severity && alert.state !== 'resolved';
    const endsAt = isOpen
      ? new Date(
          Date.now() + (message.isTest === true ? TEST_MS : settings.keepForMs),
        ).toISOString()
      : // Alertmanager refuses an end before the start.
        [alert.since, alert.at].sort().at(-1);
    return {
      labels: {
        ...settings.labels,
        alertname: message.isTest === true ? 'PurserTest' : 'PurserRegistryCheck',
        target: alert.target,
        check: alert.check,
        severity,
      },
      annotations: annotationsOf(message),
      startsAt: alert.since,
      endsAt,
      ...(message.link === undefined ? {} : { generatorURL: message.link }),
    };
  });
}

function mayBeOpen(severity: Severity, { worst }: Alert): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(worst);
}

function annotationsOf(message: Message): Readonly<Record<string, string>> {
  const { alert, command } = message;
  return {
    summary: titleOf(message),
    description: linesOf(message).join('\n'),
    cause: alert.cause,
    command,
    ...(alert.lastGood === undefined ? {} : { last_good: alert.lastGood }),
    ...(alert.logs === undefined ? {} : { logs: alert.logs }),
  };
}
