import { isCancellation, log, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { checkHealthRequestSchema } from '../../src/health/model/request.ts';
import type { CheckHealthRequest } from '../../src/health/model/request.ts';
import { readState } from '../../src/health/model/state.ts';
import type { HealthState } from '../../src/health/model/state.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { CheckResult } from '../../src/health/model/checks.ts';
import type { Evaluation } from '../../src/health/model/evaluation.ts';
import { refreshAlerts, sendAlerts } from '../alerts/send.ts';
import { healthChecksOn, healthHistoryActivities, evaluation } from '../activities.ts';
import { manualHealthId, healthId, isRunOf, SEARCH_ATTRIBUTES } from '../contract.ts';
import { readRequest, describeFailure } from '../failure.ts';
import { assertOwnId } from '../own-id.ts';
import { meterHealth } from './meters.ts';
import { showRun, stateWord } from './progress-view.ts';
import { captureLogs, linkLogs } from './capture-logs.ts';

interface HealthRun {
  readonly results: readonly CheckResult[];
  readonly failure?: Finding;
}

/**
 * One run of a target's checks: recall what the last run left → examine → judge → tell whom it
 * concerns → remember. It completes whatever it finds; what it returns is what the next run of the
 * same schedule is given (docs/decisions/0017), so it never continues as new.
 */
export async function checkHealth(input: CheckHealthRequest): Promise<HealthState> {
  const request = readRequest(checkHealthRequestSchema, input);
  const id = healthId(request.target);
  assertOwnId(id, (given) => given === manualHealthId(request.target) || isRunOf(id, given));
  const { workflowId, runId } = workflowInfo();
  const at = new Date().toISOString();
  const before = await readLastRun(request.target);
  const run = await runChecks(request.target, before);
  const evaluated = await evaluation().evaluateHealth({
    ...request,
    results: run.results,
    failure: run.failure,
    before,
    at,
    run: { workflowId, runId },
  });
  const sent = await sendMessages(evaluated);
  show(sent.state, run.results);
  await recordRun(sent, before);
  return sent.state;
}

/** What the last run left: from Temporal, else from the archive, else nothing. */
async function readLastRun(target: string): Promise<HealthState | undefined> {
  const given = readState(workflowInfo().lastResult);
  if (given?.target === target) return given;
  try {
    const summary = `what did the last run leave?`;
    const { state } = await healthHistoryActivities().readLastHealth.executeWithOptions(
      { summary },
      [{ target }],
    );
    return readState(state);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('nothing could be recalled: this run judges as if it were the first', {
      reason: describeFailure(error, target).message,
    });
    return undefined;
  }
}

/** What the checks find; a worker that cannot run them has found nothing about the registry. */
async function runChecks(target: string, before: HealthState | undefined): Promise<HealthRun> {
  const memory = Object.entries(before?.checks ?? {}).map(([name, each]) => [name, each.memory]);
  try {
    const summary = `how is the registry of ${target}?`;
    return await healthChecksOn(target).runHealthChecks.executeWithOptions({ summary }, [
      { memory: Object.fromEntries(memory) },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { message } = describeFailure(error, target);
    const text = `no check could be run: ${message}`;
    const advice = `purser doctor --target ${target}`;
    return { results: [], failure: { severity: 'unknown', cause: 'probe', text, advice } };
  }
}

/** Hands over what is to be told, with the logs around a failure that begins. */
async function sendMessages(judged: Evaluation): Promise<Evaluation> {
  const logs = judged.wentDown.length === 0 ? undefined : await captureLogs(judged);
  const told = logs === undefined ? judged : linkLogs(judged, logs);
  await sendAlerts(told.alerts);
  await refreshAlerts(told.open);
  return told;
}

function show(state: HealthState, results: readonly CheckResult[]): void {
  const { target, verdict, checks } = state;
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: target },
    { key: SEARCH_ATTRIBUTES.verdict, value: verdict },
    { key: SEARCH_ATTRIBUTES.state, value: stateWord(state) },
  ]);
  showRun(state);
  const judged = results.map((result) => ({
    ...result,
    verdict: checks[result.check]?.verdict ?? result.verdict,
  }));
  meterHealth({ target, verdict, checks: judged });
}

/** An archive that is away costs the history a line, and nothing else. */
async function recordRun(
  { state, line }: Evaluation,
  before: HealthState | undefined,
): Promise<void> {
  const sweep = before?.at.slice(0, 'YYYY-MM-DD'.length) !== state.at.slice(0, 'YYYY-MM-DD'.length);
  try {
    const summary = 'add a line to the history';
    const swept = await healthHistoryActivities().recordHealth.executeWithOptions({ summary }, [
      { line: { ...line, state }, sweep },
    ]);
    warnIfHeld(swept);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the archive did not take the history of this run', {
      reason: describeFailure(error, state.target).message,
    });
  }
}

// A worker of before there was anything to tell returns nothing.
function warnIfHeld(swept: { readonly removed: number; readonly held: number } | undefined): void {
  if (swept === undefined || swept.held === 0) return;
  log.warn('more days of the history are too old than go at once; is the clock right?', swept);
}
