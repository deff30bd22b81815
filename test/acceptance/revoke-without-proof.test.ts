import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { revokeId } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { createNamespace, createUser, fresh, grantsIn } from './support/fixtures.ts';
import { serveIntercepted } from './support/intercepted.ts';
import type { Intercepted } from './support/intercepted.ts';
import { assertProven, endOf, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a revocation on a target without a worker for proofs', () => {
  let env: Environment;
  let intercepted: Intercepted;
  const target = fresh('no-proof');
  before(async () => {
    env = await openEnvironment();
    await env.serve({ [target]: {} }, ['steps']);
    intercepted = await serveIntercepted(env, 'short-queue-waits.ts');
  });
  after(async () => {
    await intercepted?.stop();
    await env.close();
  });

  test('deletes the binding at once, and ends unproven after ten minutes, naming the queue', async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(env, { subject, accesses })).report);
    const handle: WorkflowHandle<typeof workflows.revoke> = await env.client.workflow.start(
      'revoke',
      {
        taskQueue: intercepted.taskQueue,
        workflowId: revokeId(target, subject),
        args: [{ target, subject, accesses }],
      },
    );
    const { report } = await endOf(handle.result());
    assert.equal(report.outcome, 'revoked-unproven', report.failure?.message ?? '');
    assert.match(report.next.join(), new RegExp(`task queue purser\\.${target}\\.proof has none`));
    assert.deepEqual(await grantsIn(env, namespace), []);
    const { events = [] } = await handle.fetchHistory();
    const begun = (events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: act }) => act?.activityType?.name ?? [],
    );
    assert.ok(!begun.includes('undoProof'), 'a proof that never began has left nothing');
  });
});
