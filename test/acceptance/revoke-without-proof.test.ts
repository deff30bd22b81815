import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { createLogger } from '../../src/temporal/logging.ts';
import { revokeId } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { createNamespace, createUser, fresh, grantsIn } from './support/cast.ts';
import { assertProven, endOf, onboard, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

describe('a revocation on a target without a worker for proofs', () => {
  let world: World;
  let worker: Worker;
  let running: Promise<void>;
  let connection: NativeConnection;
  const taskQueue = fresh('impatient');
  const target = fresh('no-proof');
  before(async () => {
    world = await openWorld();
    await world.serve({ [target]: {} }, ['steps']);
    connection = await NativeConnection.connect({ address: world.info.temporal.address });
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: at('../../workflows/index.ts'),
      workflowInterceptorModules: [at('./support/impatient.ts')],
      logger: createLogger('error'),
    });
    const { namespace } = world.info.temporal;
    worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle });
    running = worker.run();
  });
  after(async () => {
    worker?.shutdown();
    await running;
    await connection?.close();
    await world.close();
  });

  test('deletes the binding at once, and ends unproven after ten minutes, naming the queue', async () => {
    const [subject, namespace] = [await createUser(world), await createNamespace(world)];
    const accesses = [`pull:${namespace}`];
    assertProven((await onboard(world, { subject, accesses })).report);
    const handle: WorkflowHandle<typeof workflows.revoke> = await world.client.workflow.start(
      'revoke',
      { taskQueue, workflowId: revokeId(target, subject), args: [{ target, subject, accesses }] },
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
