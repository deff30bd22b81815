import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluateOperator, reasonsOf } from '../../../src/health/operator.ts';
import type { OperatorFacts } from '../../../src/health/operator.ts';
import type { Condition, RegistryConfig } from '../../../src/openshift/installation/operator.ts';
import { evaluateWorkload } from '../../../src/health/workload.ts';
import type { ReplicaCounts, Workload } from '../../../src/openshift/installation/workload.ts';
import { severitiesOf } from './severities.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const SINCE = '2026-11-24T09:00:00Z';
const CONFIG: RegistryConfig = {
  managementState: 'Managed',
  replicas: 2,
  readyReplicas: 2,
  storage: 'pvc',
  readOnly: false,
  defaultRoute: true,
  routes: [],
};
function is(type: string, status: string, reason: string, message = ''): Condition {
  return {
    type,
    status,
    reason,
    message,
    since: SINCE,
  };
}
const WELL = [is('Available', 'True', 'Ready'), is('Degraded', 'False', 'AsExpected')];

describe('operator', () => {
  for (const [what, facts, expected] of [
    ['all well', {}, []],
    ['no capability', { config: undefined, conditions: undefined }, ['error configuration']],
    [
      'Removed, though Available',
      { config: { ...CONFIG, managementState: 'Removed' } },
      ['error configuration'],
    ],
    ['Unmanaged', { config: { ...CONFIG, managementState: 'Unmanaged' } }, ['note configuration']],
    ['read-only', { config: { ...CONFIG, readOnly: true } }, ['warning configuration']],
    ['emptyDir', { config: { ...CONFIG, storage: 'emptyDir' } }, ['note storage']],
    ['no storage', { config: { ...CONFIG, storage: undefined } }, ['warning storage']],
    ['no ClusterOperator', { conditions: undefined }, ['warning not-found']],
    [
      'not Available',
      { conditions: [is('Available', 'False', 'NoReplicasAvailable')] },
      ['error not-ready'],
    ],
    [
      'Available unknown',
      { conditions: [is('Available', 'Unknown', '')] },
      ['warning configuration'],
    ],
    [
      'Degraded for storage',
      { conditions: [is('Degraded', 'True', 'StorageNotConfigured')] },
      ['warning storage'],
    ],
    [
      'Degraded for a prune alone',
      { conditions: [is('Degraded', 'True', 'ImagePrunerJobFailed')] },
      ['note configuration'],
    ],
    [
      'Degraded for a prune and a route',
      { conditions: [is('Degraded', 'True', 'ImagePrunerJobFailed::RouteDegraded')] },
      ['warning configuration'],
    ],
    [
      'Degraded without a reason',
      { conditions: [is('Degraded', 'True', '')] },
      ['warning configuration'],
    ],
    [
      'at work',
      { conditions: [is('Progressing', 'True', 'DeploymentNotCompleted')] },
      ['note not-ready'],
    ],
  ] as const satisfies readonly (readonly [string, Partial<OperatorFacts>, readonly string[]])[]) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(
        severitiesOf(evaluateOperator({ conditions: WELL, config: CONFIG, ...facts }, NOW)),
        expected,
      );
    });
  }

  test('reasons are parts joined by ::, and may hold spaces', () => {
    assert.deepEqual(reasonsOf({ reason: 'StoragePVC Exists::Ready' }), [
      'StoragePVC Exists',
      'Ready',
    ]);
    assert.deepEqual(reasonsOf({ reason: '' }), []);
  });

  test('a finding says every reason, the message and since when', () => {
    const conditions = [is('Degraded', 'True', 'RouteDegraded::Unavailable', 'A: one\nB: two')];
    const [finding] = evaluateOperator({ conditions, config: CONFIG }, NOW).findings;
    assert.equal(
      finding?.text,
      'the operator says Degraded: RouteDegraded, Unavailable (A: one; B: two), for 3h (since 2026-11-24T09:00:00Z)',
    );
  });
});

function counts(
  wanted: number,
  available: number,
  conditions: readonly Condition[] = [],
): ReplicaCounts {
  return {
    wanted,
    available,
    conditions,
  };
}
const RUNS: Workload = {
  registry: counts(2, 2),
  operator: counts(1, 1),
  nodeCa: counts(3, 3),
  pruner: {
    isSuspended: false,
    conditions: [is('Failed', 'False', 'Complete')],
    lastSuccess: SINCE,
  },
};
const FAILED = [is('Failed', 'True', 'BackoffLimitExceeded'), is('Degraded', 'True', 'JobFailed')];

describe('workload', () => {
  for (const [what, given, expected] of [
    ['all well', {}, []],
    ['no deployment', { registry: undefined }, ['error not-found']],
    ['scaled to 0', { registry: counts(0, 0) }, ['error configuration']],
    ['no replica available', { registry: counts(2, 0) }, ['error not-ready']],
    ['one of two available', { registry: counts(2, 1) }, ['warning not-ready']],
    [
      'a stuck rollout',
      { registry: counts(2, 2, [is('Progressing', 'False', 'ProgressDeadlineExceeded')]) },
      ['warning not-ready'],
    ],
    ['no operator', { operator: undefined }, ['warning not-ready']],
    ['an operator without a pod', { operator: counts(1, 0) }, ['warning not-ready']],
    ['no node-ca', { nodeCa: undefined }, ['warning not-found']],
    ['node-ca missing on a node', { nodeCa: counts(3, 2) }, ['warning not-ready']],
    ['no pruner', { pruner: undefined }, []],
    [
      'a failed prune',
      { pruner: { ...RUNS.pruner, isSuspended: false, conditions: FAILED, lastSuccess: SINCE } },
      ['warning configuration'],
    ],
    [
      'a suspended pruner',
      { pruner: { isSuspended: true, conditions: [], lastSuccess: undefined } },
      ['note configuration'],
    ],
  ] as const satisfies readonly (readonly [string, Partial<Workload>, readonly string[]])[]) {
    test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(severitiesOf(evaluateWorkload({ ...RUNS, ...given }, NOW)), expected);
    });
  }
});

test("what the operator repeats of a storage's credentials is in no finding", () => {
  const message =
    'unable to sync storage: s3: SecretAccessKey=hunter2 at https://AKID:hunter2@s3.test';
  const conditions = [is('Degraded', 'True', 'StorageError', message), ...WELL.slice(0, 1)];
  const { findings } = evaluateOperator({ config: CONFIG, conditions }, NOW);
  const texts = findings.map(({ text }) => text).join(' ');
  assert.match(texts, /SecretAccessKey=\[REDACTED:password\]/);
  assert.doesNotMatch(texts, /hunter2/);
});
