import { startCollectLogs } from '../../../src/temporal/starts.ts';
import { manualHealthId, notifyId, readId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import type { READS } from '../../../workflows/contract.ts';
import type * as workflows from '../../../workflows/index.ts';
import { alertId } from '../../../src/alerts/model/alert.ts';
import type { Alert } from '../../../src/alerts/model/alert.ts';
import type { HealthState } from '../../../src/health/model/state.ts';
import { DOWN, runUntil, startHealth, stubs, WELL } from '../../health/runs/stubs.ts';
import { GOOD as GOOD_LOGS, sourceOf } from '../../logs/runs/stubs.ts';
import {
  ACCESS_PAGE,
  doctorCheck,
  HISTORY,
  IDENTITY_CHECK,
  METRICS,
  NOTIFIER_TEST,
  SPAN,
} from '../../support/read-stubs.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { unreachable } from './story.ts';
import type { Stories, Story } from './story.ts';

function health(more: Stubs): Story {
  return async (env) => {
    env.stub(stubs(more));
    return startHealth(env);
  };
}

function isAlerting({ checks }: HealthState) {
  return checks.pods?.told !== undefined;
}

async function untilAlert(env: WorkflowEnvironment): Promise<HealthState> {
  env.stub(stubs());
  const run = async () => (await startHealth(env)).result();
  return runUntil(DOWN, { env, run, isWanted: isAlerting });
}

/** The last run of those that it took until the alert was raised. */
const alerting: Story = async (env) => {
  await untilAlert(env);
  return env.client.workflow.getHandle(manualHealthId('prod'));
};

/** The last run of those that it took until the alert was over. */
const recovering: Story = async (env) => {
  const first = await untilAlert(env);
  const run = async () => (await startHealth(env)).result();
  await runUntil(WELL, { env, run, first, isWanted: (state) => !isAlerting(state) });
  return env.client.workflow.getHandle(manualHealthId('prod'));
};

function collection(more: Stubs): Story {
  return async (env) => {
    env.stub({ ...GOOD_LOGS, ...more });
    return startCollectLogs(env.client, { target: 'prod' });
  };
}

const about = { target: 'prod', check: 'pods', at: SPAN.from } as const;
const ALERT: Alert = {
  ...about,
  id: alertId(about),
  state: 'firing',
  severity: 'critical',
  worst: 'critical',
  cause: 'not-ready',
  summary: 'no pod of the registry runs',
  since: SPAN.from,
  evidence: [],
};

function notifying(deliverAlert: NonNullable<Stubs['deliverAlert']>): Story {
  return async (env) => {
    env.stub({ routeAlert: () => ({ notifiers: ['chat'] }), deliverAlert });
    return env.client.workflow.start<typeof workflows.notify>('notify', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: notifyId('prod', 'pods'),
      args: [{ alerts: [ALERT] }],
    });
  };
}

function read(workflow: (typeof READS)[number], activities: Stubs, input: object = {}): Story {
  return async (env) => {
    env.stub(activities);
    return env.client.workflow.start(workflow, {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: readId(workflow, 'prod', 'saved'),
      args: [{ target: 'prod', ...input }],
    });
  };
}

export const HEALTH_AND_LOGS: Stories = {
  'health-healthy': health({}),
  'health-not-checked': health({ runHealthChecks: unreachable }),
  'health-alerting': alerting,
  'health-recovered': recovering,
  'collect-logs': collection({}),
  'collect-logs-nothing-read': collection({
    collectContainerLog: () => ({
      source: sourceOf({ failure: { type: 'Unreachable', message: 'the kubelet is away' } }),
    }),
  }),
  notify: notifying(() => ({ answer: 'ok' })),
  'notify-undelivered': notifying(unreachable),
};

export const READ_ONLY: Stories = {
  'list-access': read('listAccess', { listAccess: () => ACCESS_PAGE }),
  'check-identity': read('checkIdentity', { checkIdentity: () => IDENTITY_CHECK }),
  'check-target': read(
    'checkTarget',
    {
      checkTarget: () => ({ checks: [doctorCheck('cluster')] }),
      checkProofRights: () => ({ checks: [doctorCheck('proof')] }),
      checkHealthRights: () => ({ checks: [doctorCheck('health')] }),
    },
    { health: true },
  ),
  'read-metrics': read('readMetrics', { readMetrics: () => METRICS }, { raw: false }),
  'read-health-history': read('readHealthHistory', { readHealthHistory: () => HISTORY }, SPAN),
  'read-last-health': read('readLastHealth', { readLastHealth: () => ({}) }),
  'test-notifiers': read('testNotifiers', {
    testNotifiers: () => ({ tried: [NOTIFIER_TEST] }),
  }),
};
