import { createHash } from 'node:crypto';
import { formatRoughly } from '../domain/duration.ts';
import type { Alert } from './model/alert.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';
import type { AlertMessage } from './notifier.ts';

/** The title, in one line: the target, the check and its state. */
export function titleOf({ alert, isTest }: AlertMessage): string {
  const { target, check, cause } = alert;
  if (isTest === true) return `${target}: a test by Purser, nothing is wrong`;
  const duration = formatRoughly(Date.parse(alert.at) - Date.parse(alert.since));
  // If the probe cannot run the checks, the registry has not failed.
  const fails = check === 'probe' ? 'cannot run the checks' : 'fails';
  switch (alert.state) {
    case 'firing':
      return `${target}: ${check} ${fails} (${cause})`;
    case 'reminder':
      return `${target}: ${check} still ${fails} after ${duration} (${cause})`;
    case 'flapping':
      return `${target}: ${check} is flapping (${cause})`;
    case 'resolved':
      return `${target}: ${check} resolved after ${duration}`;
  }
}

/** The lines of a message, without markup. */
export function messageLines({ alert, command, link }: AlertMessage): readonly string[] {
  const { severity, cause, since, lastGood, logs, state } = alert;
  const { summary, evidence, advice } = withoutSecretsIn(alert);
  const optional = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`${label}${text}`];
  return [
    summary,
    `Check ${alert.check} of ${alert.target}, severity ${severity}, cause ${cause}`,
    `Since ${formatInstant(since)}; last good ${lastGood === undefined ? 'never' : formatInstant(lastGood)}`,
    ...(state === 'resolved' ? [`Resolved at ${formatInstant(alert.at)}`] : []),
    ...(state === 'flapping'
      ? ['No reminders while it is flapping: the next notification is sent when it is stable']
      : []),
    ...evidence.map((line) => `- ${line}`),
    ...optional('What to do: ', advice),
    `Details: ${command}`,
    ...optional('Run: ', link),
    ...optional('Logs: ', logs),
  ];
}

/**
 * The texts of an alert without secrets. They may quote a server, and go to people outside the cluster:
 * a registry may repeat what it was sent, and a storage its credentials.
 */
export function withoutSecretsIn(alert: Alert): Pick<Alert, 'summary' | 'evidence' | 'advice'> {
  const { summary, evidence, advice } = alert;
  return {
    summary: withoutSecrets(summary),
    evidence: evidence.map(withoutSecrets),
    ...(advice === undefined ? {} : { advice: withoutSecrets(advice) }),
  };
}

/** The same for every attempt to send one message, and unique to it. Valid in headers and addresses. */
export function messageKey({ id }: Pick<Alert, 'id'>): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** The same for all messages from the first failure to the recovery. */
export function episodeOf({ target, check, since }: Alert): string {
  return messageKey({ id: `${target}/${check}/since/${since}` });
}

function formatInstant(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}
