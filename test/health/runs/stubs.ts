import type { Examined } from '../../../activities/health/examination.ts';
import { createFinding } from '../../../src/domain/finding.ts';
import type { CheckResult } from '../../../src/health/model/checks.ts';
import type { HealthState } from '../../../src/health/model/state.ts';
import { manualHealthId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import type * as workflows from '../../../workflows/index.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';

function resultOf(check: CheckResult['check'], verdict: CheckResult['verdict']): CheckResult {
  return {
    check,
    verdict,
    findings:
      verdict === 'healthy'
        ? []
        : [createFinding('error', 'not-ready', 'no pod of the registry runs')],
    durationMs: 5,
    measurements: {},
    memory: { seen: check },
  };
}

export function examined(results: readonly CheckResult[]): Examined {
  return {
    results,
    apiRequests: 3,
  };
}
export const WELL = [resultOf('pods', 'healthy'), resultOf('endpoint', 'healthy')];
export const DOWN = [resultOf('pods', 'unhealthy'), resultOf('endpoint', 'healthy')];

// The collection that a failure starts fails at its first step: it is no part of these stories.
export function stubs(more: Stubs = {}): Stubs {
  return {
    readLastHealth: () => ({}),
    runHealthChecks: () => examined(WELL),
    recordHealth: () => ({ removed: 0, held: 0 }),
    refreshAlerts: () => ({ failed: [] }),
    routeAlert: () => ({ notifiers: [] }),
    ...more,
  };
}

interface Repeated {
  readonly env: WorkflowEnvironment;
  readonly run: () => Promise<HealthState>;
  readonly isWanted: (state: HealthState) => boolean;
  /** What an earlier run has left; default: a run with the present stubs. */
  readonly first?: HealthState;
}

/** Runs with the same results until the state is as wanted: each run is given what the one before has left. */
export async function runUntil(
  results: readonly CheckResult[],
  { env, run, isWanted, first }: Repeated,
): Promise<HealthState> {
  let state = first ?? (await run());
  for (let round = 0; round < 10 && !isWanted(state); round += 1) {
    const earlier = state;
    env.stub(
      stubs({
        readLastHealth: () => ({ state: earlier }),
        runHealthChecks: () => examined(results),
      }),
    );
    state = await run();
  }
  return state;
}

/** Starts a run as `purser health check` does for a target without a schedule. */
export function startHealth({ client }: WorkflowEnvironment) {
  return client.workflow.start<typeof workflows.checkHealth>('checkHealth', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: manualHealthId('prod'),
    args: [{ target: 'prod' }],
  });
}
