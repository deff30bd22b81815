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

// What only a person can put right (a URL, a secret) is tried again, but not every minute.
const AFTER_A_MISTAKE_MS = 5 * 60_000;

const deliverSchema = z.strictObject({ notifier: nameSchema, alert: alertSchema });
const refreshSchema = z.strictObject({ alerts: z.array(alertSchema).max(ALERTED.length) });
const testSchema = z.strictObject({ notifier: nameSchema.optional(), alert: alertSchema });

/** What came of a test of one notifier; a line of `purser notify test`. */
export interface NotifierTest {
  readonly notifier: string;
  readonly type: string;
  readonly ok: boolean;
  /** What came back, or what went wrong. */
  readonly detail: string;
  readonly durationMs: number;
}

interface NotifyPorts {
  /** Counts an attempt to tell. */
  readonly count: (attempt: {
    readonly notifier: string;
    readonly type: string;
    readonly outcome: 'delivered' | 'failed';
  }) => void;
  readonly notifiers: readonly Notifier[];
  /** A run in the Temporal Web UI, where its address is configured. */
  readonly link: (run: {
    readonly workflowId: string;
    readonly runId: string;
  }) => string | undefined;
}

// The workflow says for how long (workflows/activities.ts).
const UNTIL_IT_IS_TOLD = { patience: Infinity };

export function createNotifyActivities(ports: NotifyPorts) {
  return {
    /** Who is to be told of an alert, by purser.yaml as it is now. */
    async routeAlert(given: Alert): Promise<{ readonly notifiers: readonly string[] }> {
      return attempt(async () => {
        const alert = parseRequest(alertSchema, given);
        return {
          notifiers: ports.notifiers.filter((each) => each.takes(alert)).map(({ name }) => name),
        };
      });
    },

    /**
     * Tells one notifier of one alert. Everything that goes wrong is tried again, a wrong secret too:
     * somebody will put it right, and then the message is still worth having. Only a notifier that is
     * no longer in purser.yaml is not.
     */
    async deliverAlert(given: {
      readonly notifier: string;
      readonly alert: Alert;
    }): Promise<{ readonly answer: string }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(deliverSchema, given);
        const notifier = named(ports, input.notifier);
        return { answer: await deliver(ports, notifier, input.alert, signal) };
      }, UNTIL_IT_IS_TOLD);
    },

    /** Tells again what is firing, to those that would let it end. What fails now is told by the next run. */
    async refreshAlerts(given: {
      readonly alerts: readonly Alert[];
    }): Promise<{ readonly failed: readonly string[] }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(refreshSchema, given);
        const failed = ports.notifiers.map((notifier) => {
          const taken = input.alerts.filter((alert) => notifier.takes(alert));
          const messages = taken.map((alert) => messageOf(ports, alert));
          return refresh(notifier, messages, signal);
        });
        return { failed: (await Promise.all(failed)).flat() };
      });
    },

    /** Sends a test through one notifier, or through each; never again by itself. */
    async testNotifiers(given: {
      readonly notifier?: string | undefined;
      readonly alert: Alert;
    }): Promise<{ readonly tried: readonly NotifierTest[] }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(testSchema, given);
        const chosen =
          input.notifier === undefined ? ports.notifiers : [named(ports, input.notifier)];
        const tried = chosen.map((notifier) => {
          const message = { ...messageOf(ports, input.alert), isTest: true };
          return tryOut(notifier, message, signal);
        });
        return { tried: await Promise.all(tried) };
      });
    },
  };
}

function named({ notifiers }: NotifyPorts, name: string): Notifier {
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
    throw tryAgain(error);
  }
}

/** Resolves to why it failed, if it did. */
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

async function tryOut(
  notifier: Notifier,
  message: AlertMessage,
  signal: AbortSignal,
): Promise<NotifierTest> {
  const { name, type } = notifier;
  const began = performance.now();
  const done = (ok: boolean, detail: string): NotifierTest => {
    return { notifier: name, type, ok, detail, durationMs: Math.round(performance.now() - began) };
  };
  try {
    return done(true, await notifier.deliver(message, signal));
  } catch (error) {
    signal.throwIfAborted();
    return done(false, errorMessage(error));
  }
}

function tryAgain(error: unknown): unknown {
  if (!(error instanceof PurserError)) return error;
  const { type, message, retryAfterMs } = error;
  const delay = isRetryable(type) ? retryAfterMs : AFTER_A_MISTAKE_MS;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: false,
    ...(delay === undefined ? {} : { nextRetryDelay: delay }),
  });
}
