import { getExternalWorkflowHandle, isCancellation, log, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { addAlertSignal, notifyId, WORKFLOWS_QUEUE } from '../contract.ts';
import { notifiersOnce } from '../activities.ts';
import type { notify } from './notify.ts';

// The workflow of a check may end between our finding it running and our signal: then it is started
// anew. More than once in a row would be odd.
const TRIES = 5;

/**
 * Hands alerts over to the workflows that tell them, one a target and check, which outlive the caller.
 * Resolves when they are there, not when they are told.
 */
export async function sendAlerts(alerts: readonly Alert[]): Promise<void> {
  await Promise.all(alerts.map(sendAlert));
}

/**
 * Tells again, once and with no word to anybody where it fails, what is firing now: Alertmanager lets
 * end what it does not hear of, and forgets everything when it is restarted. To be called with every
 * run in which anything fires; the next one does it again.
 */
export async function refreshAlerts(firing: readonly Alert[]): Promise<void> {
  if (firing.length === 0) return;
  try {
    const summary = `keep the alerts open: ${firing.map(({ check }) => check).join(', ')}`;
    const { failed } = await notifiersOnce().refreshAlerts.executeWithOptions({ summary }, [
      { alerts: firing },
    ]);
    if (failed.length > 0) log.warn('alerts could not be kept open', { failed });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('alerts could not be kept open', { reason: String(error) });
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
        staticSummary: `Tell of ${alert.check} on ${alert.target}`,
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
