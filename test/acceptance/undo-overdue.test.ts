import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { Subject } from '../../src/domain/subject.ts';
import {
  abandonUndoUpdate,
  onboardId,
  progressQuery,
  reportQuery,
} from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import { createNamespace, createUser, fresh, grantsIn } from './support/fixtures.ts';
import { serveIntercepted } from './support/intercepted.ts';
import type { Intercepted } from './support/intercepted.ts';
import { configWith, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

function at(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
const DELETE_BINDING = /^DELETE .*\/rolebindings\//;

// The rounds of its undo are cut short, everything else is as it is.
describe('an undo that is overdue', () => {
  let env: Environment;
  let proxy: ApiProxy;
  let intercepted: Intercepted;
  const target = fresh('refusing');
  before(async () => {
    env = await openEnvironment();
    proxy = await openApiProxy(env);
    await env.serve({ [target]: { kubeconfig: proxy.kubeconfig, patience: '5s' } });
    intercepted = await serveIntercepted(env, 'fast-retries.ts');
  });
  after(async () => {
    await intercepted?.stop();
    await env.close();
    await proxy.close();
  });

  const begin = (
    subject: Subject,
    accesses: readonly string[],
  ): Promise<WorkflowHandle<typeof workflows.onboard>> =>
    env.client.workflow.start('onboard', {
      taskQueue: intercepted.taskQueue,
      workflowId: onboardId(target, subject),
      args: [{ target, subject, accesses: [...accesses], prove: 'if-possible' as const }],
    });

  const overdue = async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    await env.fault({ tokenRoute: 'broken' });
    proxy.refuseOnly(401, DELETE_BINDING);
    const handle = await begin(subject, accesses);
    await eventually(
      'it to be overdue',
      async () => (await stateOf(handle)) === 'undo-overdue',
      60_000,
    );
    await env.fault({});
    return { handle, namespace, subject };
  };

  test('shows what is left, since when, the last error and the advice, and ends by itself when it succeeds', async () => {
    const { handle, namespace } = await overdue();
    const { undo } = await handle.query(progressQuery);
    const [binding = ''] = await grantsIn(env, namespace);
    assert.deepEqual(
      undo?.left.map(({ what }) => what),
      [`RoleBinding ${namespace}/${binding}`],
    );
    assert.match(undo.left[0]?.why ?? '', /401 Unauthorized/);
    assert.match(undo.since, /^\d{4}-\d\d-\d\dT/);
    assert.match(undo.advice, /`purser revoke 'person-.*`purser cancel --abandon`/s);
    const details = await currentDetails(handle);
    assert.match(details, /\*\*The undo is overdue\*\*, since .*401 Unauthorized/s);

    await handle.cancel();
    assert.equal((await handle.describe()).status.name, 'RUNNING', 'a cancel ends no undo');
    proxy.refuse(undefined);
    await assert.rejects(handle.result(), WorkflowFailedError);
    assert.deepEqual(await grantsIn(env, namespace), []);
    const { report } = await handle.query(reportQuery);
    assert.deepEqual(report.undone, { state: 'undone', left: [] });
    assert.equal((await handle.query(progressQuery)).undo, undefined);
  });

  test('ends when the binding is deleted by hand', async () => {
    const { handle, namespace } = await overdue();
    const [binding] = await grantsIn(env, namespace);
    const rolebindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    await env.admin.send('DELETE', `${rolebindings}/${binding}`);
    await assert.rejects(handle.result(), WorkflowFailedError);
    const { report } = await handle.query(reportQuery);
    assert.equal(report.undone?.state, 'undone');
    proxy.refuse(undefined);
  });

  test('is given up by `purser cancel --abandon`, which names what is left and calls nothing gone', async () => {
    const { handle, namespace, subject } = await overdue();
    const { code, out, err } = await purser(env, target, 'cancel', '--abandon', nameOf(subject));
    proxy.refuse(undefined);
    assert.equal(code, 1, err);
    const [binding = ''] = await grantsIn(env, namespace);
    assert.ok(binding, 'it stands');
    assert.ok(out.includes(`RoleBinding ${namespace}/${binding}`), out);
    assert.match(out, /not everything could be undone: .*401 Unauthorized/);
    assert.doesNotMatch(out, /is gone|, and undone/);
    const { report } = await handle.query(reportQuery);
    assert.equal(report.undone?.state, 'left');
    assert.equal((await handle.describe()).status.name, 'FAILED');
  });

  test('given up, names only what still stands of it', async () => {
    const subject = await createUser(env);
    const [first, second] = [await createNamespace(env), await createNamespace(env)];
    proxy.refuseOnly(401, new RegExp(`^DELETE .*/${second}/rolebindings/`));
    await env.fault({ tokenRoute: 'broken' });
    const accesses = [`pull:${first}`, `pull:${second}`];
    const handle = await begin(subject, accesses);
    await eventually(
      'the first to be gone',
      async () => {
        const { undo } = await handle.query(progressQuery);
        return undo !== undefined && (await grantsIn(env, first)).length === 0;
      },
      60_000,
    );
    await env.fault({});
    const left = await handle.executeUpdate(abandonUndoUpdate);
    proxy.refuse(undefined);
    const [binding = ''] = await grantsIn(env, second);
    assert.deepEqual(
      left.map(({ what }) => what),
      [`RoleBinding ${second}/${binding}`],
    );
    assert.match(left[0]?.why ?? '', /given up by hand; the last error: .*401 Unauthorized/);
    await assert.rejects(handle.result(), WorkflowFailedError);
  });
});

async function purser(env: Environment, target: string, ...args: readonly string[]) {
  const file = at('../../bin/purser');
  const child = spawn(file, [...args, '--config', configWith(env, target)]);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { out, err, code };
}

async function stateOf(handle: WorkflowHandle): Promise<unknown> {
  return (await handle.describe()).searchAttributes['PurserState']?.[0];
}

async function currentDetails(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

function nameOf(subject: Subject): string {
  return subject.name;
}
