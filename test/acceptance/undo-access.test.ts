import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { startOnboard } from '../../src/temporal/starts.ts';
import { abandonUndoUpdate, progressQuery, reportQuery } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import { createNamespace, createUser, fresh, grantsIn } from './support/fixtures.ts';
import { endOf, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const DELETE_BINDING = /^DELETE .*\/rolebindings\//;
const POST_BINDING = /^POST .*\/rolebindings/;

// What gives access is taken back first, whatever else cannot be done, and for as long as it takes.
describe('an access is revoked', () => {
  let env: Environment;
  let proxy: ApiProxy;
  const [alone, behind] = [fresh('steps-alone'), fresh('behind-a-proxy')];
  before(async () => {
    env = await openEnvironment();
    proxy = await openApiProxy(env);
    await env.serve({ [alone]: {} }, ['steps']);
    await env.serve({ [behind]: { kubeconfig: proxy.kubeconfig } });
  });
  after(async () => {
    await env.close();
    await proxy.close();
  });

  const start = async (target: string) => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const access = { target, subject, accesses: [`push:${namespace}`] };
    const handle = await startOnboard(env.client, { ...access, prove: 'if-possible' });
    return { handle, namespace };
  };
  const proving = (handle: WorkflowHandle) =>
    eventually('the proof to be under way', async () => {
      return (await handle.query(progressQuery)).running === 'proof';
    });
  const isGone = async (namespace: string) => (await grantsIn(env, namespace)).length === 0;

  test('within seconds of a cancel where no worker for proofs runs, and the rest is given up by hand with a report', async () => {
    const { handle, namespace } = await start(alone);
    await proving(handle);
    assert.equal(await isGone(namespace), false);
    await assert.rejects(handle.executeUpdate(abandonUndoUpdate), (error) => {
      assert.ok(error instanceof WorkflowUpdateFailedError);
      assert.match(String(error.cause?.message), /undoes nothing at the moment/);
      return true;
    });
    await handle.cancel();
    await eventually('the binding to be gone', () => isGone(namespace), 10_000);
    const { status } = await handle.describe();
    assert.equal(status.name, 'RUNNING', 'the proof is still to be cleaned up after');
    assert.deepEqual(await limitsOf(handle, 'undoProof'), { toStart: 600, toClose: 1800 });

    const left = await handle.executeUpdate(abandonUndoUpdate);
    assert.match(String(left[0]?.what), /tokens and canaries of the proof [0-9a-f]{16}/);
    await assert.rejects(handle.result(), WorkflowFailedError);
    const { report } = await handle.query(reportQuery);
    assert.equal(report.undone?.state, 'left');
    assert.match(report.failure?.undone ?? '', /^not everything could be undone: tokens and /);
    const [grants] = report.steps.filter(({ name }) => name === 'take back the grants');
    assert.equal(grants?.outcome, 'passed');
    assert.match(grants?.detail ?? '', new RegExp(`gone: RoleBinding ${namespace}/`));
  });

  for (const status of [401, 403]) {
    test(`when the API server answers ${status} no more, and the run does not end before`, async () => {
      const { handle, namespace } = await start(behind);
      await env.fault({ hang: true });
      await proving(handle);
      proxy.refuseOnly(status, DELETE_BINDING);
      await handle.cancel();
      await eventually('the undo to have met it twice', async () => {
        const { raw } = await handle.describe();
        const pending = raw.pendingActivities ?? [];
        return pending.some(
          ({ activityType, attempt }) => activityType?.name === 'undoGrants' && (attempt ?? 0) > 2,
        );
      });
      assert.equal(await isGone(namespace), false);
      proxy.refuse(undefined);
      await eventually('the binding to be gone', () => isGone(namespace));
      await env.fault({});
      await handle.executeUpdate(abandonUndoUpdate).catch(() => {});
      await assert.rejects(handle.result(), WorkflowFailedError);
    });
  }

  test('once more when a write that had no answer arrives after the undo', async () => {
    await env.fault({ readOnly: true });
    const late = proxy.holdBack(POST_BINDING);
    const { handle, namespace } = await start(behind);
    await late.held;
    await eventually(
      'the undo to wait for what may still arrive',
      async () => {
        const { waiting } = await handle.query(progressQuery);
        return waiting?.for.startsWith('a write that had no answer') === true;
      },
      60_000,
    );
    await env.fault({});
    assert.equal(await isGone(namespace), true);
    late.release();
    await eventually('it to arrive', async () => !(await isGone(namespace)));
    const { report, failure } = await endOf(handle.result());
    assert.equal(failure, 'ProofFailed');
    assert.equal(await isGone(namespace), true);
    assert.equal(report.undone?.state, 'undone');
    assert.equal(report.failure?.undone, 'everything that this run made is gone');
  });
});

/** How long an activity may wait for a worker, and be tried in all, in seconds. */
async function limitsOf(handle: WorkflowHandle, activity: string) {
  const { events = [] } = await handle.fetchHistory();
  const scheduled = events?.flatMap(({ activityTaskScheduledEventAttributes: each }) =>
    each?.activityType?.name === activity ? [each] : [],
  );
  const [limits] = scheduled ?? [];
  return {
    toStart: Number(limits?.scheduleToStartTimeout?.seconds),
    toClose: Number(limits?.scheduleToCloseTimeout?.seconds),
  };
}
