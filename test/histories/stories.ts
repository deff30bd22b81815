import type { WorkflowHandle } from '@temporalio/client';
import type { OnboardRequest } from '../../src/access/model/request.ts';
import { startOnboard, startRevoke, startSweep } from '../../src/temporal/starts.ts';
import {
  logsId,
  manualHealthId,
  notifyId,
  readId,
  WORKFLOWS_QUEUE,
} from '../../workflows/contract.ts';
import type { READS } from '../../workflows/contract.ts';
import { ALICE, foundSubject, GOOD, PULL, stepOf } from '../access/runs/stubs.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { failure, lastUntilCancelled } from '../support/workflow-environment.ts';
import type { Stubs, WorkflowEnvironment } from '../support/workflow-environment.ts';

type Story = (env: WorkflowEnvironment) => Promise<WorkflowHandle>;

const onboarding =
  (stubs: Stubs, more: Partial<OnboardRequest> = {}): Story =>
  async (env) => {
    env.stub({ ...GOOD, ...stubs });
    const request = { target: 'prod', subject: ALICE, accesses: [PULL], ...more };
    return startOnboard(env.client, { prove: 'if-possible', ...request });
  };

const plain =
  (workflow: string, workflowId: string, stubs: Stubs, input: object = {}): Story =>
  async (env) => {
    env.stub(stubs);
    const args = [{ target: 'prod', ...input }];
    return env.client.workflow.start(workflow, { taskQueue: WORKFLOWS_QUEUE, workflowId, args });
  };

const read = (workflow: (typeof READS)[number], stubs: Stubs, input: object = {}): Story =>
  plain(workflow, readId(workflow, 'prod', 'saved'), stubs, input);

const failing = () => {
  throw failure('Unreachable', 'the registry does not answer');
};
const cancelling: Story = async (env) => {
  const handle = await onboarding({ proveAccess: lastUntilCancelled })(env);
  await eventually('the proof', () => env.calls.some(({ name }) => name === 'proveAccess'));
  await handle.cancel();
  return handle;
};
const ahead = { is: 'ahead', grant: 'after-login', providers: ['local'] } as const;
const at = '2026-01-01T00:00:00.000Z';
const alert = {
  id: `prod/pods/${at}`,
  target: 'prod',
  check: 'pods',
  state: 'firing',
  severity: 'critical',
  worst: 'critical',
  cause: 'not-ready',
  summary: 'no pod of the registry runs',
  at,
  since: at,
  evidence: [],
};
const part = { kind: 'binding', removed: { count: 0 }, reported: { count: 0 }, unseen: [] };
const any = (value: unknown) => () => value as never;
const checks = any({ checks: [{ name: 'cluster', ok: true, detail: 'it answers' }] });

const HEALTH: Stubs = {
  readLastHealth: () => ({}),
  recordHealth: () => ({ removed: 0, held: 0 }),
  refreshAlerts: () => ({ failed: [] }),
};
const checkOf = (verdict: 'healthy' | 'unhealthy') =>
  any({
    results: [{ check: 'pods', verdict, findings: [], durationMs: 5, measurements: {} }],
    apiRequests: 1,
  });

/** One run of each way that a workflow may go, by the name of the file that keeps its history. */
export const STORIES: Readonly<Record<string, Story>> = {
  'onboard-proven': onboarding({}),
  'onboard-logged-in': onboarding(
    {
      findSubject: ({ subject }) => foundSubject(subject, { login: ahead }),
      awaitLogin: () => ({ facts: { exists: true, uid: 'u-1' }, through: ['local'] }),
    },
    { waitForLogin: '30d' },
  ),
  'onboard-login-timed-out': onboarding(
    {
      findSubject: ({ subject }) => foundSubject(subject, { login: ahead }),
      awaitLogin: lastUntilCancelled,
    },
    { waitForLogin: '30d' },
  ),
  'onboard-provisioned': onboarding(
    { provisionUser: () => ({ step: stepOf('provision'), findings: [], unanswered: false }) },
    { provision: true },
  ),
  'onboard-undone': onboarding({ proveAccess: failing }),
  'onboard-cancelled': cancelling,
  'revoke-proven': async (env) => {
    env.stub(GOOD);
    return startRevoke(env.client, { target: 'prod', subject: ALICE, accesses: [PULL] });
  },
  'revoke-unproven': async (env) => {
    env.stub({ ...GOOD, proveRefusal: failing });
    return startRevoke(env.client, { target: 'prod', subject: ALICE, accesses: [PULL] });
  },
  sweep: async (env) => {
    env.stub({ sweepBindings: any(part), sweepProofs: any({ parts: [part] }) });
    return startSweep(env.client, 'prod');
  },
  'health-healthy': plain('checkHealth', manualHealthId('prod'), {
    ...HEALTH,
    runHealthChecks: checkOf('healthy'),
  }),
  'health-not-checked': plain('checkHealth', manualHealthId('prod'), {
    ...HEALTH,
    runHealthChecks: failing,
  }),
  'collect-logs': plain('collectLogs', logsId('prod'), {
    planCollection: any({ bundle: 'b', since: at, until: at, runs: [], events: [], lost: [] }),
    sealBundle: any({ target: 'prod', bundle: 'b', location: 'archive/b', cursors: {} }),
    pruneBundles: () => ({ removed: [], held: 0 }),
  }),
  notify: async (env) => {
    env.stub({
      routeAlert: () => ({ notifiers: ['chat'] }),
      deliverAlert: () => ({ answer: 'ok' }),
    });
    return env.client.workflow.start('notify', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: notifyId('prod', 'pods'),
      args: [{ alerts: [alert] }],
    });
  },
  'list-access': read('listAccess', { listAccess: any({ rows: [] }) }),
  'check-identity': read('checkIdentity', { checkIdentity: any({ providers: [] }) }),
  'check-target': read(
    'checkTarget',
    { checkTarget: checks, checkProofRights: checks, checkHealthRights: checks },
    { health: true },
  ),
  'read-metrics': read('readMetrics', { readMetrics: any({ replicas: [] }) }, { raw: false }),
  'read-health-history': read(
    'readHealthHistory',
    { readHealthHistory: any({ runs: 0 }) },
    { from: at, to: '2026-01-02T00:00:00.000Z', buckets: 10 },
  ),
  'read-last-health': read('readLastHealth', { readLastHealth: () => ({}) }),
  'test-notifiers': read('testNotifiers', { testNotifiers: () => ({ tried: [] }) }),
};
