import { getExternalWorkflowHandle, isCancellation, log, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { addAlertSignal, notifyId, WORKFLOWS_QUEUE } from '../contract.ts';
import { notifiersOnce } from '../activities.ts';
import type { notify } from './notify.ts';

// The running workflow of a check may end before the signal arrives: then it is started again. This should not
// happen more than once in a row.
const TRIES = 5;

/**
 * Hands alerts over to the workflows that deliver them, one for each target and check, which outlive the
 * caller. Resolves when they have the alerts, and does not wait for the delivery.
 */
export async function sendAlerts(alerts: readonly Alert[]): Promise<void> {
  await Promise.all(alerts.map(sendAlert));
}

/**
 * Sends the firing alerts again. Alertmanager resolves an alert that is not repeated, and loses all alerts at a
 * restart. Call it in every run with a firing alert. A failure is only logged: the next run repeats it.
 */
export async function refreshAlerts(firing: readonly Alert[]): Promise<void> {
  if (firing.length === 0) return;
  try {
    const summary = `refresh the firing alerts: ${firing.map(({ check }) => check).join(', ')}`;
    const { failed } = await notifiersOnce().refreshAlerts.executeWithOptions({ summary }, [
      { alerts: firing },
    ]);
    if (failed.length > 0) log.warn('firing alerts could not be refreshed', { failed });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('firing alerts could not be refreshed', { reason: String(error) });
  }
}

async function sendAlert(alert: Alert): Promise<void> {
  const workflowId = notifyId(alert.target, alert.check);
  for (let tries = 1; ; tries++) {
    try {
      await startChild<typeof notify>('notify', {
        workflowId,
        taskQueue: WORKFLOWS_QUEUE,
        parentClosePolicy: 'ABANDON',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        args: [{ alerts: [alert] }],
        staticSummary: `Deliver the alerts about ${alert.check} on ${alert.target}`,
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    try {
      await getExternalWorkflowHandle(workflowId).signal(addAlertSignal, alert);
      return;
    } catch (error) {
      if (isCancellation(error) || tries === TRIES) throw error;
    }
  }
}
