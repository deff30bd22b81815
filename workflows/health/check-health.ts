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
 * One run of a target's checks: read the state of the last run → run the checks → evaluate → send alerts →
 * record the run. It completes whatever it finds. The next run of the same schedule gets its result
 * (docs/decisions/0017), so it never continues as new.
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

/** The state of the last run: from Temporal, else from the archive, else undefined. */
async function readLastRun(target: string): Promise<HealthState | undefined> {
  const given = readState(workflowInfo().lastResult);
  if (given?.target === target) return given;
  try {
    const summary = 'read the state of the last run from the archive';
    const { state } = await healthHistoryActivities().readLastHealth.executeWithOptions(
      { summary },
      [{ target }],
    );
    return readState(state);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(
      'could not read the state of the last run: this run is evaluated as if it were the first',
      {
        reason: describeFailure(error, target).message,
      },
    );
    return undefined;
  }
}

/** Runs the checks. If they cannot run, the result says nothing about the registry: `unknown`. */
async function runChecks(target: string, before: HealthState | undefined): Promise<HealthRun> {
  const memory = Object.entries(before?.checks ?? {}).map(([name, each]) => [name, each.memory]);
  try {
    const summary = `run the health checks of ${target}`;
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

/** Sends the alerts. If a failure begins, collects the logs around it and links them. */
async function sendMessages(evaluated: Evaluation): Promise<Evaluation> {
  const logs = evaluated.wentDown.length === 0 ? undefined : await captureLogs(evaluated);
  const linked = logs === undefined ? evaluated : linkLogs(evaluated, logs);
  await sendAlerts(linked.alerts);
  await refreshAlerts(linked.open);
  return linked;
}

function show(state: HealthState, results: readonly CheckResult[]): void {
  const { target, verdict, checks } = state;
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: target },
    { key: SEARCH_ATTRIBUTES.verdict, value: verdict },
    { key: SEARCH_ATTRIBUTES.state, value: stateWord(state) },
  ]);
  showRun(state);
  const shown = results.map((result) => ({
    ...result,
    verdict: checks[result.check]?.verdict ?? result.verdict,
  }));
  meterHealth({ target, verdict, checks: shown });
}

/** Adds the run to the history. If the archive does not answer, only this line is lost. */
async function recordRun(
  { state, line }: Evaluation,
  before: HealthState | undefined,
): Promise<void> {
  const sweep = before?.at.slice(0, 'YYYY-MM-DD'.length) !== state.at.slice(0, 'YYYY-MM-DD'.length);
  try {
    const summary = 'add this run to the health history';
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

// An older worker returns nothing.
function warnIfHeld(swept: { readonly removed: number; readonly held: number } | undefined): void {
  if (swept === undefined || swept.held === 0) return;
  log.warn(
    'more days of the history are too old than one run may delete; is the clock right?',
    swept,
  );
}
