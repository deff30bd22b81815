import { z } from 'zod';
import { SEVERITIES } from './model/alert.ts';
import type { Severity } from './model/alert.ts';
import { PurserError } from '../domain/errors.ts';
import { matchesRoute } from './routing.ts';
import type { Audience, AlertMessage, Notifier, ReadSecret } from './notifier.ts';
import { get, post } from './post.ts';
import { messageLines, titleOf } from './wording.ts';

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
  /** A bearer token; or a user with a password. */
  readonly token?: ReadSecret | undefined;
  readonly user?: string | undefined;
  readonly password?: ReadSecret | undefined;
  readonly ca?: string | undefined;
}

/**
 * Alertmanager's API v2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
 * Telling twice is harmless: alerts are the same by their labels. An alert ends by its `endsAt`, and
 * a restarted Alertmanager knows none: therefore what is firing is told again with every run.
 */
export function createAlertmanagerNotifier(settings: AlertmanagerSettings): Notifier {
  const { name, type } = settings;
  const send = async (alerts: readonly object[], signal: AbortSignal) =>
    post(callOf(settings, '', signal), JSON.stringify(alerts));
  return {
    name,
    type,
    takes: matchesRoute(settings),
    deliver: async (message, signal) => {
      const { alert } = message;
      const said = await send([alertOf(message, alert.severity, settings)], signal);
      const others = await otherSeverities(message, settings, signal);
      if (others.length === 0) return said;
      const over: AlertMessage = { ...message, alert: { ...alert, state: 'resolved' } };
      const closed = others.map((severity) => alertOf(over, severity, settings));
      return `${await send(closed, signal)}; closed as ${others.join(', ')}`;
    },
    refresh: async (messages, signal) =>
      send(
        messages.map((message) => alertOf(message, message.alert.severity, settings)),
        signal,
      ),
  };
}

function callOf(settings: AlertmanagerSettings, query: string, signal: AbortSignal) {
  const { name, url, ca } = settings;
  const { authorization, secrets } = credentialsOf(settings);
  return {
    notifier: name,
    url: `${url.replace(/\/$/, '')}/api/v2/alerts${query}`,
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    ca,
    signal,
    shows: (answer: string) =>
      secrets.some((secret) => answer.includes(secret)) ? undefined : answer,
  };
}

function credentialsOf({ token, user, password }: AlertmanagerSettings): {
  readonly authorization?: string;
  readonly secrets: readonly string[];
} {
  if (token !== undefined) {
    const secret = token();
    return { authorization: `Bearer ${secret}`, secrets: [secret] };
  }
  if (user === undefined || password === undefined) return { secrets: [] };
  const secret = password();
  const encoded = Buffer.from(`${user}:${secret}`).toString('base64');
  return { authorization: `Basic ${encoded}`, secrets: [secret, encoded] };
}

function alertOf(
  message: AlertMessage,
  severity: Severity,
  settings: AlertmanagerSettings,
): object {
  const { alert, isTest, link } = message;
  const keepForMs = isTest === true ? TEST_MS : settings.keepForMs;
  return {
    labels: { ...settings.labels, ...labelsOf(message), severity },
    annotations: annotationsOf(message),
    startsAt: alert.since,
    endsAt:
      alert.state === 'resolved'
        ? // Alertmanager refuses an end before the start.
          [alert.since, alert.at].sort().at(-1)
        : new Date(Date.now() + keepForMs).toISOString(),
    ...(link === undefined ? {} : { generatorURL: link }),
  };
}

function labelsOf({ alert, isTest }: AlertMessage) {
  return {
    alertname: isTest === true ? 'PurserTest' : 'PurserRegistryCheck',
    target: alert.target,
    check: alert.check,
  };
}

/**
 * The other severities that are open about the same. The severity is a label, because routes go by
 * it, and labels are what makes an alert the same: one whose severity has changed is another one,
 * and the former must be closed. Closing what was never open would be told to people as a recovery.
 */
async function otherSeverities(
  message: AlertMessage,
  settings: AlertmanagerSettings,
  signal: AbortSignal,
): Promise<readonly Severity[]> {
  const others = SEVERITIES.filter((severity) => severity !== message.alert.severity);
  const filters = Object.entries(labelsOf(message)).map(([label, value]) => {
    return `filter=${encodeURIComponent(`${label}=${JSON.stringify(value)}`)}`;
  });
  const open = severitiesIn(
    await get(callOf(settings, `?${filters.join('&')}`, signal)),
    settings.name,
  );
  return others.filter((severity) => open.includes(severity));
}

const openSchema = z.array(z.object({ labels: z.object({ severity: z.string() }) }));

function severitiesIn(answer: string, name: string): readonly string[] {
  try {
    return openSchema.parse(JSON.parse(answer)).map(({ labels }) => labels.severity);
  } catch {
    // Not the error itself: it may quote the answer.
    throw new PurserError(
      'NotConfigured',
      `notifier ${name}: what answers is no Alertmanager: its list of alerts cannot be read; look at its URL in purser.yaml`,
    );
  }
}

function annotationsOf(message: AlertMessage): Readonly<Record<string, string>> {
  const { alert, command } = message;
  return {
    summary: titleOf(message),
    description: messageLines(message).join('\n'),
    cause: alert.cause,
    command,
    ...(alert.lastGood === undefined ? {} : { last_good: alert.lastGood }),
    ...(alert.logs === undefined ? {} : { logs: alert.logs }),
  };
}
