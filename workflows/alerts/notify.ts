import {
  ApplicationFailure,
  condition,
  isCancellation,
  log,
  proxySinks,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { alertSchema } from '../../src/alerts/model/alert.ts';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { addAlertSignal, notifyId, SEARCH_ATTRIBUTES } from '../contract.ts';
import type { MeterSinks, StateOf } from '../contract.ts';
import { notifiers } from '../activities.ts';
import { readRequest, describeFailure } from '../failure.ts';
import { assertOwnId } from '../own-id.ts';

type State = StateOf<'notify'>;

const { purser } = proxySinks<MeterSinks>();

const inputSchema = z.strictObject({ alerts: z.array(alertSchema).min(1).max(100) });

/** The result of one message to one notifier. */
export interface DeliveryResult {
  readonly notifier: string;
  readonly alert: string;
  /** `overtaken`: a reminder that was not delivered before the next message was raised. */
  readonly outcome: 'delivered' | 'overtaken' | 'gave up';
  readonly detail: string;
}

/**
 * Delivers the alerts of one target and check to every notifier that takes them, in the order in which they
 * were raised. Each notifier has a queue of its own: one that is down delays neither the others nor the next
 * check, and gets its messages when it is back. Ends when all queues are empty.
 *
 * Input: the first alerts; more come by {@link addAlertSignal}. Fails if a message could not be
 * delivered in the time for it (docs/decisions/0018). The failure's detail has the result of each message.
 */
export async function notify(input: {
  readonly alerts: readonly Alert[];
}): Promise<readonly DeliveryResult[]> {
  const { alerts } = readRequest(inputSchema, input);
  const { workflowId } = workflowInfo();
  const isAboutThis = ({ target, check }: Alert) => notifyId(target, check) === workflowId;
  const foreign = alerts.find((alert) => !isAboutThis(alert));
  if (foreign !== undefined) assertOwnId(notifyId(foreign.target, foreign.check));
  const pending: Alert[] = [...alerts];
  setHandler(addAlertSignal, (alert) => {
    const { success, data } = alertSchema.safeParse(alert);
    // Any client may send a signal: a wrong one must not stop the deliveries.
    if (success && isAboutThis(data)) pending.push(data);
    else log.warn('ignored a signal that is not an alert about this check');
  });
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: alerts[0]?.target ?? '' },
    { key: SEARCH_ATTRIBUTES.state, value: 'delivering' satisfies State },
  ]);
  const queues = createQueues();
  while (pending.length > 0 || queues.areBusy()) {
    for (let alert = pending.shift(); alert !== undefined; alert = pending.shift()) {
      const summary = `find the notifiers for: ${alert.check} ${alert.state}`;
      const routed = await notifiers().routeAlert.executeWithOptions({ summary }, [alert]);
      for (const name of routed.notifiers) queues.add(name, alert);
    }
    await condition(() => pending.length > 0 || !queues.areBusy());
  }
  return summarizeDeliveries(queues.results);
}

interface NotifierQueues {
  readonly results: readonly DeliveryResult[];
  add(notifier: string, alert: Alert): void;
  areBusy(): boolean;
}

function createQueues(): NotifierQueues {
  const waiting = new Map<string, Alert[]>();
  const results: DeliveryResult[] = [];

  const run = async (notifier: string, alerts: Alert[]) => {
    for (let alert = alerts.shift(); alert !== undefined; alert = alerts.shift()) {
      results.push(await deliver(notifier, alert, alerts.length > 0));
      setCurrentDetails(tableOf(results));
    }
    waiting.delete(notifier);
  };

  return {
    results,
    areBusy: () => waiting.size > 0,
    add: (notifier, alert) => {
      const alerts = waiting.get(notifier);
      if (alerts !== undefined) {
        alerts.push(alert);
        return;
      }
      const queue = [alert];
      waiting.set(notifier, queue);
      // Only a cancellation gets here; it ends the workflow, which waits for the queues.
      run(notifier, queue).catch(() => void waiting.delete(notifier));
    },
  };
}

async function deliver(
  notifier: string,
  alert: Alert,
  isOvertaken: boolean,
): Promise<DeliveryResult> {
  const about = { notifier, alert: alert.id };
  if (alert.state === 'reminder' && isOvertaken) {
    return { ...about, outcome: 'overtaken', detail: 'the next message replaces it' };
  }
  const summary = `send to ${notifier}: ${alert.check} ${alert.state}`;
  try {
    const { answer } = await notifiers().deliverAlert.executeWithOptions({ summary }, [
      { notifier, alert },
    ]);
    return { ...about, outcome: 'delivered', detail: answer };
  } catch (error) {
    if (isCancellation(error)) throw error;
    purser.meter('purser_notifications_given_up_total', 1, { notifier });
    return { ...about, outcome: 'gave up', detail: describeFailure(error, alert.target).message };
  }
}

function summarizeDeliveries(results: readonly DeliveryResult[]): readonly DeliveryResult[] {
  const failed = results.filter(({ outcome }) => outcome === 'gave up');
  const state: State = failed.length === 0 ? 'delivered' : 'undelivered';
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }]);
  if (failed.length === 0) return results;
  const each = failed.map(({ notifier, detail }) => `${notifier} (${detail})`);
  throw ApplicationFailure.nonRetryable(
    `${failed.length} messages could not be delivered: ${each.join('; ')}`,
    'Unreachable',
    results,
  );
}

function tableOf(results: readonly DeliveryResult[]): string {
  const rows = results.map(
    ({ notifier, alert, outcome, detail }) =>
      `| ${[alert, notifier, outcome, detail].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return ['| message | notifier | outcome | answer |', '| - | - | - | - |', ...rows].join('\n');
}
