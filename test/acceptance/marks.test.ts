import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { z } from 'zod';
import { createTarget } from '../../src/worker.ts';
import { unbindableRoles } from '../../src/access/bindable.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { progressQuery } from '../../workflows/contract.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import { createNamespace, createUser, fresh, grantsIn, letPurserBind } from './support/fixtures.ts';
import { createStranger } from './support/own-calls.ts';
import { assertProven, endOf, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const metadataSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
});

describe('a binding', () => {
  let env: Environment;
  let proxy: ApiProxy;
  const [behind, admins] = [fresh('behind-a-proxy'), fresh('admins')];
  before(async () => {
    env = await openEnvironment();
    proxy = await openApiProxy(env);
    await env.serve({
      [behind]: { kubeconfig: proxy.kubeconfig },
      [admins]: { grants: { accesses: ['admin', 'pull'] } },
    });
  });
  after(async () => {
    await env.close();
    await proxy.close();
  });

  const bindingIn = async (namespace: string) => {
    const [name = ''] = await grantsIn(env, namespace);
    const at = `${RBAC}/namespaces/${namespace}/rolebindings/${name}`;
    const { metadata } = metadataSchema.parse((await env.admin.send('GET', at)).body);
    return { at, ...metadata, state: metadata.annotations['purser.dev/state'] };
  };
  const access = async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    return { subject, namespace, accesses: [`pull:${namespace}`] };
  };
  /** An onboarding that is proven, and whose mark has not arrived at the cluster yet. */
  const aboutToBeMarked = async () => {
    const { namespace, ...request } = await access();
    const marking = proxy.holdBack(/^PATCH /);
    const proving = { target: behind, prove: 'if-possible' as const, ...request };
    const handle = await startOnboard(env.client, proving);
    await marking.held;
    return { namespace, handle, marking };
  };

  test('says pending while its proof is under way, and proven afterwards, and is otherwise as it was', async () => {
    const { namespace, ...request } = await access();
    await env.fault({ hang: true });
    const target = 'sandbox';
    const handle = await startOnboard(env.client, { target, prove: 'if-possible', ...request });
    await eventually('the proof to be under way', async () => {
      return (await handle.query(progressQuery)).running === 'proof';
    });
    const first = await bindingIn(namespace);
    assert.equal(first.state, 'pending');
    await env.fault({});
    assertProven((await endOf(handle.result())).report);
    const then = await bindingIn(namespace);
    assert.deepEqual(then.annotations, { ...first.annotations, 'purser.dev/state': 'proven' });
    assert.deepEqual(then.labels, first.labels);
  });

  test('says unproven, then proven once a later run has proven it, and never the other way round', async () => {
    const { namespace, ...request } = await access();
    await onboard(env, { ...request, prove: 'review' });
    assert.equal((await bindingIn(namespace)).state, 'unproven');
    const { report } = await onboard(env, request);
    assertProven(report);
    const proven = await bindingIn(namespace);
    assert.equal(proven.state, 'proven');
    assert.equal(
      proven.annotations['purser.dev/confirmed-by'],
      `${report.workflowId}/${report.runId}`,
    );
    await onboard(env, { ...request, prove: 'review' });
    assert.equal((await bindingIn(namespace)).state, 'proven');
  });

  test('of another installation is left as it is, proven or not', async () => {
    const { namespace, ...request } = await access();
    await onboard(env, { ...request, prove: 'review' });
    const { at } = await bindingIn(namespace);
    const labels = { 'purser.dev/installation': 'f'.repeat(16) };
    await env.admin.send('PATCH', at, { metadata: { labels } });
    const theirs = await bindingIn(namespace);
    assertProven((await onboard(env, request)).report);
    assert.deepEqual(await bindingIn(namespace), theirs);
  });

  test('that is deleted before it is marked is not called proven', async () => {
    const { namespace, handle, marking } = await aboutToBeMarked();
    const [name] = await grantsIn(env, namespace);
    await env.admin.send('DELETE', `${RBAC}/namespaces/${namespace}/rolebindings/${name}`);
    marking.release();
    const { report, failure } = await endOf(handle.result());
    assert.equal(failure, 'Conflict', report.outcome);
    assert.match(
      report.failure?.message ?? '',
      /RoleBinding .* was deleted or changed since .*start again/,
    );
  });

  test('that gives another subject the access before it is marked is not called proven', async () => {
    const { name: bob } = await createUser(env);
    const { namespace, handle, marking } = await aboutToBeMarked();
    const { at } = await bindingIn(namespace);
    const subjects = [{ kind: 'User', name: bob, apiGroup: 'rbac.authorization.k8s.io' }];
    await env.admin.send('PATCH', at, { subjects });
    marking.release();
    const { report, failure } = await endOf(handle.result());
    assert.equal(failure, 'Conflict', report.outcome);
    assert.match(String(report.failure?.message), /RoleBinding .* was deleted or changed since /);
    assert.equal((await bindingIn(namespace)).state, 'pending');
  });

  test('that only a finalizer keeps by the time it is marked is not called proven', async () => {
    const { namespace, ...request } = await access();
    const marking = proxy.holdBack(/^PATCH /);
    const handle = await startOnboard(env.client, {
      target: behind,
      prove: 'if-possible',
      ...request,
    });
    await marking.held;
    const { at } = await bindingIn(namespace);
    await env.admin.send('PATCH', at, { metadata: { finalizers: ['story.test/keep'] } });
    await env.admin.send('DELETE', at);
    marking.release();
    await eventually('the undo to have met the finalizer', async () => {
      const { raw } = await handle.describe();
      const undo = raw.pendingActivities?.find(
        ({ activityType }) => activityType?.name === 'undoGrants',
      );
      return undo?.lastFailure?.message?.includes('finalizers keep it') === true;
    });
    assert.equal((await bindingIn(namespace)).state, 'pending');
    await env.admin.send('PATCH', at, { metadata: { finalizers: null } });
    const { report, failure } = await endOf(handle.result());
    assert.equal(failure, 'Conflict', report.outcome);
    assert.match(String(report.failure?.message), /RoleBinding .* was deleted or changed since /);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test("is not called proven by a stranger's workflow", async () => {
    const { namespace, ...request } = await access();
    await onboard(env, { ...request, prove: 'review' });
    const stranger = await createStranger(env);
    try {
      const input = { subject: request.subject, accesses: request.accesses, state: 'proven' };
      const calls = [{ taskQueue: 'purser.sandbox', activity: 'markGrants', input }];
      assert.equal((await stranger.call(calls)).failure?.type, 'Forbidden');
    } finally {
      await stranger.stop();
    }
    assert.equal((await bindingIn(namespace)).state, 'unproven');
  });

  test('that cannot be marked is granted and proven all the same, and the report says so', async () => {
    const { namespace, ...request } = await access();
    proxy.refuseOnly(403, /^PATCH /);
    const { report } = await onboard(env, { target: behind, ...request });
    proxy.refuse(undefined);
    assertProven(report);
    assert.match(
      report.findings.map(describeFinding).join(),
      /could not mark the bindings as proven: PATCH .*403/,
    );
    assert.equal((await bindingIn(namespace)).state, 'pending');
  });

  test('whose role Purser may not bind any more is found by `purser doctor`', async () => {
    const [subject, namespace] = [await createUser(env), await createNamespace(env)];
    await letPurserBind(env, namespace, 'registry-admin');
    const accesses = [`admin:${namespace}`];
    const { report } = await onboard(env, { target: admins, subject, accesses });
    assert.notEqual(report.outcome, 'failed', JSON.stringify(report.failure));
    const { cluster } = await createTarget(env.config, 'sandbox');
    const find = async () => {
      const roles = await unbindableRoles(cluster);
      return roles.find(({ where }) => where.includes(namespace))?.role;
    };
    assert.equal(await find(), undefined);
    const roles = `${RBAC}/namespaces/${namespace}/rolebindings`;
    await env.admin.send('DELETE', `${roles}/purser-may-bind`);
    await eventually('the right to be gone', async () => (await find()) === 'registry-admin');
  });
});
