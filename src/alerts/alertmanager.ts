import { z } from 'zod';
import { SEVERITIES } from './model/alert.ts';
import type { Severity } from './model/alert.ts';
import { PurserError } from '../domain/errors.ts';
import { matchesRoute } from './routing.ts';
import type { AlertRoute, AlertMessage, Notifier, ReadSecret } from './notifier.ts';
import { get, post } from './post.ts';
import { messageLines, titleOf } from './wording.ts';

/** A test resolves by itself. It is longer than `group_wait`, so that Alertmanager notifies its receivers. */
const TEST_MS = 2 * 60_000;

export interface AlertmanagerSettings extends AlertRoute {
  readonly type: 'alertmanager';
  /** The base URL of Alertmanager; `/api/v2/alerts` is added. */
  readonly url: string;
  /** How long an alert keeps firing without being sent again, in milliseconds. */
  readonly keepForMs: number;
  /** Labels for every alert, for Alertmanager's routes. */
  readonly labels: Readonly<Record<string, string>>;
  /** A bearer token, or else a user with a password. */
  readonly token?: ReadSecret | undefined;
  readonly user?: string | undefined;
  readonly password?: ReadSecret | undefined;
  readonly ca?: string | undefined;
}

/**
 * Alertmanager's API v2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
 * Sending an alert twice is harmless: alerts with the same labels are the same. An alert resolves at its
 * `endsAt`, and a restarted Alertmanager may know none, so each run sends the firing alerts again.
 */
export function createAlertmanagerNotifier(settings: AlertmanagerSettings): Notifier {
  const { name, type } = settings;
  const send = async (alerts: readonly object[], signal: AbortSignal) =>
    post(callOf(settings, '', signal), JSON.stringify(alerts));
  return {
    name,
    type,
    matches: matchesRoute(settings),
    deliver: async (message, signal) => {
      const { alert } = message;
      const result = await send([alertOf(message, alert.severity, settings)], signal);
      const others = await otherSeverities(message, settings, signal);
      if (others.length === 0) return result;
      const resolved: AlertMessage = { ...message, alert: { ...alert, state: 'resolved' } };
      const alerts = others.map((severity) => alertOf(resolved, severity, settings));
      return `${await send(alerts, signal)}; resolved as ${others.join(', ')}`;
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
        ? // Alertmanager rejects an end before the start.
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
 * The other severities under which the same check is firing. Routes match the severity, so it is a
 * label, and labels identify an alert. An alert with a new severity is therefore a new one, and the old
 * one must be resolved. Only firing ones are: Alertmanager would notify people of any other, too.
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
  const firing = severitiesIn(
    await get(callOf(settings, `?${filters.join('&')}`, signal)),
    settings.name,
  );
  return others.filter((severity) => firing.includes(severity));
}

const alertsSchema = z.array(z.object({ labels: z.object({ severity: z.string() }) }));

function severitiesIn(answer: string, name: string): readonly string[] {
  try {
    return alertsSchema.parse(JSON.parse(answer)).map(({ labels }) => labels.severity);
  } catch {
    // Not the error itself: it may quote the answer.
    throw new PurserError(
      'NotConfigured',
      `notifier ${name}: the server is not an Alertmanager: its list of alerts cannot be read; check its URL in purser.yaml`,
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
