// The workflows that only read: each hands its input to one activity, and fails with its failure.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { READS, readId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import {
  ACCESS_PAGE,
  doctorCheck,
  HISTORY,
  IDENTITY_CHECK,
  METRICS,
  NOTIFIER_TEST,
  SPAN,
} from '../../support/read-stubs.ts';
import { failure, openWorkflowEnvironment } from '../../support/workflow-environment.ts';
import type { Call, Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';

let env: WorkflowEnvironment;
before(async () => {
  env = await openWorkflowEnvironment();
});
after(() => env?.close());

interface Read {
  readonly input: object;
  readonly stubs: Stubs;
  readonly calls: readonly Call[];
  readonly result: unknown;
}

const STORIES: Readonly<Record<(typeof READS)[number], Read>> = {
  listAccess: {
    input: { target: 'prod', limit: 10 },
    stubs: { listAccess: () => ACCESS_PAGE },
    calls: [{ name: 'listAccess', input: { limit: 10 } }],
    result: ACCESS_PAGE,
  },
  checkIdentity: {
    input: { target: 'prod', provider: 'corp', user: 'alice' },
    stubs: { checkIdentity: () => IDENTITY_CHECK },
    calls: [{ name: 'checkIdentity', input: { provider: 'corp', user: 'alice' } }],
    result: IDENTITY_CHECK,
  },
  checkTarget: {
    input: { target: 'prod', health: true },
    stubs: {
      checkTarget: () => ({ checks: [doctorCheck('cluster')] }),
      checkProofRights: () => ({ checks: [doctorCheck('proof')] }),
      checkHealthRights: () => ({ checks: [doctorCheck('health')] }),
    },
    calls: ['checkHealthRights', 'checkProofRights', 'checkTarget'].map((name) => ({
      name,
      input: undefined,
    })),
    result: [doctorCheck('cluster'), doctorCheck('proof'), doctorCheck('health')],
  },
  readMetrics: {
    input: { target: 'prod', raw: true },
    stubs: { readMetrics: () => METRICS },
    calls: [{ name: 'readMetrics', input: { raw: true } }],
    result: METRICS,
  },
  readHealthHistory: {
    input: { target: 'prod', ...SPAN },
    stubs: { readHealthHistory: () => HISTORY },
    calls: [{ name: 'readHealthHistory', input: { target: 'prod', ...SPAN } }],
    result: HISTORY,
  },
  readLastHealth: {
    input: { target: 'prod' },
    stubs: { readLastHealth: () => ({ state: { target: 'prod' } }) as never },
    calls: [{ name: 'readLastHealth', input: { target: 'prod' } }],
    result: { target: 'prod' },
  },
  testNotifiers: {
    input: { target: 'prod' },
    stubs: { testNotifiers: () => ({ tried: [NOTIFIER_TEST] }) },
    calls: [{ name: 'testNotifiers', input: undefined }],
    result: [NOTIFIER_TEST],
  },
};

function runOf(workflow: (typeof READS)[number], input: object): Promise<unknown> {
  return env.client.workflow.execute(workflow, {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: readId(workflow, 'prod', crypto.randomUUID()),
    args: [input],
  });
}

async function failureOf(run: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await run.then(
    () => assert.fail('it ended well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
  return error.cause;
}

for (const workflow of READS) {
  const { input, stubs, calls, result } = STORIES[workflow];
  describe(workflow, () => {
    test('asks what it was asked, and resolves to the answer', async () => {
      env.stub(stubs);
      assert.deepEqual(await runOf(workflow, input), result);
      const asked = env.calls.toSorted((one, other) => one.name.localeCompare(other.name));
      if (workflow === 'testNotifiers') assert.equal(asked[0]?.name, workflow);
      else assert.deepEqual(asked, calls);
    });

    test('fails for good with the type of what went wrong', async () => {
      env.stub(
        Object.fromEntries(
          Object.keys(stubs).map((name) => [
            name,
            () => {
              throw failure('Forbidden', 'Purser may not do that');
            },
          ]),
        ),
      );
      const cause = await failureOf(runOf(workflow, input));
      assert.equal(cause.type, 'Forbidden');
      assert.equal(cause.nonRetryable, true);
    });
  });
}

for (const workflow of READS.filter((each) => each !== 'listAccess')) {
  test(`${workflow} refuses a target that is none before it asks anything`, async () => {
    env.stub({});
    const cause = await failureOf(
      runOf(workflow, { ...STORIES[workflow].input, target: 'Not/One' }),
    );
    assert.equal(cause.type, 'InvalidRequest');
    assert.deepEqual(env.calls, []);
  });
}

test('a target without health checks on a schedule is not asked for their rights', async () => {
  env.stub(STORIES.checkTarget.stubs);
  await runOf('checkTarget', { target: 'prod' });
  assert.deepEqual(env.calls.map(({ name }) => name).toSorted(), [
    'checkProofRights',
    'checkTarget',
  ]);
});
