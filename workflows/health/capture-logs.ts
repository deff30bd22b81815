import { startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Alert } from '../../src/alerts/model/alert.ts';
import type { HealthState } from '../../src/health/model/state.ts';
import type { Evaluation } from '../../src/health/model/evaluation.ts';
import { failureLogsId, WORKFLOWS_QUEUE } from '../contract.ts';
import type { collectLogs } from '../logs/collect-logs.ts';

// The causes of a failure are logged before a check notices it; its effects are logged after it.
const LEAD_UP_MS = 10 * 60_000;
const AFTERMATH_MS = 60_000;
// A check may have been degraded for weeks before the failure.
const AT_MOST_MS = 24 * 3_600_000;

/**
 * Starts the collection of the logs around a failure that begins with this run, and does not wait for it.
 * Resolves to the id of its workflow.
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

// The failure began between the last healthy run and the first unhealthy one.
function startOf({ state, wentDown }: Pick<Evaluation, 'state' | 'wentDown'>): string {
  const at = Date.parse(state.at);
  const starts = wentDown.map((check) => {
    const { lastGood, badSince = state.at } = state.checks[check] ?? {};
    return Date.parse(lastGood ?? badSince);
  });
  return new Date(Math.max(Math.min(at, ...starts) - LEAD_UP_MS, at - AT_MOST_MS)).toISOString();
}

/** Adds the id of the logs' collection to the alerts about the failed checks, now and in later messages. */
export function linkLogs(evaluated: Evaluation, logs: string): Evaluation {
  const concerns = (check: string) => evaluated.wentDown.some((each) => each === check);
  const link = (alert: Alert) => (concerns(alert.check) ? { ...alert, logs } : alert);
  const checks = Object.entries(evaluated.state.checks).map(([check, each]) => {
    const { told } = each;
    return [
      check,
      concerns(check) && told !== undefined ? { ...each, told: { ...told, logs } } : each,
    ];
  });
  const state: HealthState = { ...evaluated.state, checks: Object.fromEntries(checks) };
  return {
    ...evaluated,
    state,
    alerts: evaluated.alerts.map(link),
    open: evaluated.open.map(link),
  };
}
