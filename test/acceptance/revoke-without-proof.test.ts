import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { revokeId } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { createNamespace, createUser, fresh, grantsIn } from './support/cast.ts';
import { serveIntercepted } from './support/intercepted.ts';
import type { Intercepted } from './support/intercepted.ts';
import { assertProven, endOf, onboard, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

describe('a revocation on a target without a worker for proofs', () => {
  let world: World;
  let intercepted: Intercepted;
  const target = fresh('no-proof');
  before(async () => {
    world = await openWorld();
    await world.serve({ [target]: {} }, ['steps']);
    intercepted = await serveIntercepted(world, 'impatient.ts');
  });
  after(async () => {
    await intercepted?.stop();
    await world.close();
  });

  test('deletes the binding at once, and ends unproven after ten minutes, naming the queue', async () => {
    const [subject, namespace] = [await createUser(world), await createNamespace(world)];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(world, { subject, accesses })).report);
    const handle: WorkflowHandle<typeof workflows.revoke> = await world.client.workflow.start(
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
    assert.deepEqual(await grantsIn(world, namespace), []);
    const { events = [] } = await handle.fetchHistory();
    const begun = (events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: act }) => act?.activityType?.name ?? [],
    );
    assert.ok(!begun.includes('undoProof'), 'a proof that never began has left nothing');
  });
});
