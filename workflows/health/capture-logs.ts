import { startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Alert } from '../../src/domain/health/alert.ts';
import type { HealthState } from '../../src/domain/health/state.ts';
import type { Judged } from '../../src/domain/health/judgement.ts';
import { failureLogsId, WORKFLOWS_QUEUE } from '../contract.ts';
import type { collectLogs } from '../logs/collect-logs.ts';

// What follows a failure tells as much of it as what led to it.
const AFTERMATH_MS = 60_000;

/**
 * Starts the collection of the logs around a failure that begins with this run, and leaves it to
 * itself. Resolves to its workflow's id.
 */
export async function captureLogs({ state, wentDown }: Judged): Promise<string> {
  const { target, at } = state;
  const since = wentDown.map((check) => state.checks[check]?.badSince ?? at).sort()[0] ?? at;
  const until = new Date(Date.parse(at) + AFTERMATH_MS).toISOString();
  const workflowId = failureLogsId(target, at);
  try {
    await startChild<typeof collectLogs>('collectLogs', {
      workflowId,
      taskQueue: WORKFLOWS_QUEUE,
      parentClosePolicy: 'ABANDON',
      args: [{ target, since, until, reason: `${wentDown.join(', ')} of ${target} went down` }],
      staticSummary: `Collect the logs of ${target} around the failure of ${wentDown.join(', ')}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return workflowId;
}

/** Names the logs in the alerts about what went down, now and in what is told of it later. */
export function linkLogs(judged: Judged, logs: string): Judged {
  const concerns = (check: string) => judged.wentDown.some((each) => each === check);
  const link = (alert: Alert) => (concerns(alert.check) ? { ...alert, logs } : alert);
  const checks = Object.entries(judged.state.checks).map(([check, each]) => {
    const { told } = each;
    return [
      check,
      concerns(check) && told !== undefined ? { ...each, told: { ...told, logs } } : each,
    ];
  });
  const state: HealthState = { ...judged.state, checks: Object.fromEntries(checks) };
  return { ...judged, state, alerts: judged.alerts.map(link), open: judged.open.map(link) };
}
