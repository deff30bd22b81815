import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { nameSchema } from '../../src/domain/inputs/bounds.ts';
import { alertSchema } from '../../src/alerts/model/alert.ts';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { ALERTED } from '../../src/health/model/checks.ts';
import { errorMessage, isRetryable, PurserError } from '../../src/domain/errors.ts';
import { parseRequest } from '../../src/domain/request.ts';
import type { AlertMessage, Notifier } from '../../src/alerts/notifier.ts';
import { attempt } from '../attempt.ts';

// If only an administrator can fix it (a URL, a secret), it is retried, but not every minute.
const RETRY_AFTER_MISTAKE_MS = 5 * 60_000;

const deliverSchema = z.strictObject({ notifier: nameSchema, alert: alertSchema });
const refreshSchema = z.strictObject({ alerts: z.array(alertSchema).max(ALERTED.length) });
const testSchema = z.strictObject({ notifier: nameSchema.optional(), alert: alertSchema });

/** The result of a test of one notifier; a line of `purser notify test`. */
export interface NotifierTest {
  readonly notifier: string;
  readonly type: string;
  readonly ok: boolean;
  /** The response, or the error. */
  readonly detail: string;
  readonly durationMs: number;
}

interface NotifyPorts {
  /** Counts an attempt to deliver. */
  readonly count: (attempt: {
    readonly notifier: string;
    readonly type: string;
    readonly outcome: 'delivered' | 'failed';
  }) => void;
  readonly notifiers: readonly Notifier[];
  /** A run in the Temporal Web UI; undefined if its address is not configured. */
  readonly link: (run: {
    readonly workflowId: string;
    readonly runId: string;
  }) => string | undefined;
}

// The workflow limits how long it is retried (workflows/activities.ts).
const UNTIL_DELIVERED = { patience: Infinity };

export function createNotifyActivities(ports: NotifyPorts) {
  return {
    /** The notifiers whose routes match an alert, by the current purser.yaml. */
    async routeAlert(given: Alert): Promise<{ readonly notifiers: readonly string[] }> {
      return attempt(async () => {
        const alert = parseRequest(alertSchema, given);
        return {
          notifiers: ports.notifiers.filter((each) => each.matches(alert)).map(({ name }) => name),
        };
      });
    },

    /**
     * Delivers one alert through one notifier. Every failure is retried, even a wrong secret: an
     * administrator will fix it, and the message is still useful then. Only a notifier that is no longer
     * in purser.yaml is not retried.
     */
    async deliverAlert(given: {
      readonly notifier: string;
      readonly alert: Alert;
    }): Promise<{ readonly answer: string }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(deliverSchema, given);
        const notifier = notifierNamed(ports, input.notifier);
        return { answer: await deliver(ports, notifier, input.alert, signal) };
      }, UNTIL_DELIVERED);
    },

    /** Sends the firing alerts again to the notifiers that need it. If that fails, the next run does it. */
    async refreshAlerts(given: {
      readonly alerts: readonly Alert[];
    }): Promise<{ readonly failed: readonly string[] }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(refreshSchema, given);
        const failed = ports.notifiers.map((notifier) => {
          const matching = input.alerts.filter((alert) => notifier.matches(alert));
          const messages = matching.map((alert) => messageOf(ports, alert));
          return refresh(notifier, messages, signal);
        });
        return { failed: (await Promise.all(failed)).flat() };
      });
    },

    /** Sends a test through one notifier, or through each; a failed one is not retried. */
    async testNotifiers(given: {
      readonly notifier?: string | undefined;
      readonly alert: Alert;
    }): Promise<{ readonly tried: readonly NotifierTest[] }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(testSchema, given);
        const chosen =
          input.notifier === undefined ? ports.notifiers : [notifierNamed(ports, input.notifier)];
        const results = chosen.map((notifier) => {
          const message = { ...messageOf(ports, input.alert), isTest: true };
          return sendTest(notifier, message, signal);
        });
        return { tried: await Promise.all(results) };
      });
    },
  };
}

function notifierNamed({ notifiers }: NotifyPorts, name: string): Notifier {
  const notifier = notifiers.find((each) => each.name === name);
  if (notifier !== undefined) return notifier;
  const known = notifiers.map((each) => each.name).join(', ');
  throw new PurserError(
    'NotConfigured',
    `there is no notifier ${JSON.stringify(name)} in the purser.yaml of this worker; it has ${known === '' ? 'none' : known}`,
  );
}

function messageOf({ link }: NotifyPorts, alert: Alert): AlertMessage {
  return {
    alert,
    command: `purser health status --target ${alert.target}`,
    link: alert.run === undefined ? undefined : link(alert.run),
  };
}

async function deliver(
  ports: NotifyPorts,
  notifier: Notifier,
  alert: Alert,
  signal: AbortSignal,
): Promise<string> {
  const { name, type } = notifier;
  try {
    const answer = await notifier.deliver(messageOf(ports, alert), signal);
    ports.count({ notifier: name, type, outcome: 'delivered' });
    return answer;
  } catch (error) {
    if (!signal.aborted) ports.count({ notifier: name, type, outcome: 'failed' });
    throw retryable(error);
  }
}

/** Resolves to the error, if it failed. */
async function refresh(
  notifier: Notifier,
  messages: readonly AlertMessage[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (notifier.refresh === undefined || messages.length === 0) return [];
  try {
    await notifier.refresh(messages, signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return [errorMessage(error)];
  }
}

async function sendTest(
  notifier: Notifier,
  message: AlertMessage,
  signal: AbortSignal,
): Promise<NotifierTest> {
  const { name, type } = notifier;
  const startedAt = performance.now();
  const result = (ok: boolean, detail: string): NotifierTest => {
    return {
      notifier: name,
      type,
      ok,
      detail,
      durationMs: Math.round(performance.now() - startedAt),
    };
  };
  try {
    return result(true, await notifier.deliver(message, signal));
  } catch (error) {
    signal.throwIfAborted();
    return result(false, errorMessage(error));
  }
}

function retryable(error: unknown): unknown {
  if (!(error instanceof PurserError)) return error;
  const { type, message, retryAfterMs } = error;
  const delay = isRetryable(type) ? retryAfterMs : RETRY_AFTER_MISTAKE_MS;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: false,
    ...(delay === undefined ? {} : { nextRetryDelay: delay }),
  });
}
