import { createHash } from 'node:crypto';
import { formatRoughly } from '../domain/duration.ts';
import type { Alert } from './model/alert.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';
import type { AlertMessage } from './notifier.ts';

/** One line: what happened to what. */
export function titleOf({ alert, isTest }: AlertMessage): string {
  const { target, check, cause } = alert;
  if (isTest === true) return `${target}: a test by Purser, nothing is wrong`;
  const lasts = formatRoughly(Date.parse(alert.at) - Date.parse(alert.since));
  // What cannot be looked at has not failed.
  const fails = check === 'probe' ? 'cannot look' : 'fails';
  switch (alert.state) {
    case 'firing':
      return `${target}: ${check} ${fails} (${cause})`;
    case 'reminder':
      return `${target}: ${check} still ${fails} (${cause}), for ${lasts}`;
    case 'flapping':
      return `${target}: ${check} comes and goes (${cause})`;
    case 'resolved':
      return `${target}: ${check} is well again, after ${lasts}`;
  }
}

/** What a person needs to know, a line each; no markup. */
export function messageLines({ alert, command, link }: AlertMessage): readonly string[] {
  const { severity, cause, since, lastGood, logs, state } = alert;
  const { summary, evidence, advice } = saidOf(alert);
  const optional = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`${label}${text}`];
  return [
    summary,
    `Check ${alert.check} of ${alert.target}, severity ${severity}, cause ${cause}`,
    `Since ${formatInstant(since)}; last good ${lastGood === undefined ? 'never' : formatInstant(lastGood)}`,
    ...(state === 'resolved' ? [`Over at ${formatInstant(alert.at)}`] : []),
    ...(state === 'flapping' ? ['Told once: the next message comes when it has settled'] : []),
    ...evidence.map((line) => `- ${line}`),
    ...optional('What to do: ', advice),
    `Look further: ${command}`,
    ...optional('Run: ', link),
    ...optional('Logs: ', logs),
  ];
}

/**
 * What an alert says in words that may be of a server, and go to people outside of the cluster: a registry
 * repeats what it was sent, a storage its credentials.
 */
export function saidOf(alert: Alert): Pick<Alert, 'summary' | 'evidence' | 'advice'> {
  const { summary, evidence, advice } = alert;
  return {
    summary: withoutSecrets(summary),
    evidence: evidence.map(withoutSecrets),
    ...(advice === undefined ? {} : { advice: withoutSecrets(advice) }),
  };
}

/** The same for every try of one message, and for no other message. Fit for headers and addresses. */
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
