import { startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Alert } from '../../src/alerts/model/alert.ts';
import type { HealthState } from '../../src/health/model/state.ts';
import type { Evaluation } from '../../src/health/model/evaluation.ts';
import { failureLogsId, WORKFLOWS_QUEUE } from '../contract.ts';
import type { collectLogs } from '../logs/collect-logs.ts';

// What led to a failure was said before a check noticed it; what follows it tells as much.
const LEAD_UP_MS = 10 * 60_000;
const AFTERMATH_MS = 60_000;
// Something may have been degraded for weeks before it went down.
const AT_MOST_MS = 24 * 3_600_000;

/**
 * Starts the collection of the logs around a failure that begins with this run, and leaves it to
 * itself. Resolves to its workflow's id.
 */
export async function captureLogs({ state, wentDown }: Evaluation): Promise<string> {
  const { target, at } = state;
  const since = startOf({ state, wentDown });
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

// The failure lies between the last run that found it well and the first that did not.
function startOf({ state, wentDown }: Pick<Evaluation, 'state' | 'wentDown'>): string {
  const at = Date.parse(state.at);
  const starts = wentDown.map((check) => {
    const { lastGood, badSince = state.at } = state.checks[check] ?? {};
    return Date.parse(lastGood ?? badSince);
  });
  return new Date(Math.max(Math.min(at, ...starts) - LEAD_UP_MS, at - AT_MOST_MS)).toISOString();
}

/** Names the logs in the alerts about what went down, now and in what is told of it later. */
export function linkLogs(judged: Evaluation, logs: string): Evaluation {
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
