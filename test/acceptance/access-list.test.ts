import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LABELS } from '../../src/kubernetes/labels.ts';
import { runListAccess } from '../../src/temporal/starts.ts';
import { WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { createNamespace, createUser, fresh, make } from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
// With reasons as long as they may be, more than the 2 MB that Temporal takes at once.
const GRANTS = 700;
const AT_ONCE = 20;

describe('the list of accesses', () => {
  let env: Environment;
  let namespace: string;
  before(async () => {
    env = await openEnvironment();
    namespace = await createNamespace(env);
  });
  after(async () => {
    await env.admin.send('DELETE', `${RBAC}/namespaces/${namespace}/rolebindings`);
    await env.close();
  });

  const makeGrant = (name: string) =>
    make(env, `${RBAC}/namespaces/${namespace}/rolebindings`, {
      metadata: {
        name: `purser:pull:User:${name}`,
        labels: { [LABELS.managed]: 'grant' },
        annotations: {
          'purser.dev/subject': name,
          'purser.dev/access': `pull:${namespace}`,
          'purser.dev/made-by': `story/${name}`,
          'purser.dev/reason': '—'.repeat(500),
          'purser.dev/requested-by-claimed': '—'.repeat(500),
        },
      },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }],
    });

  test('is complete even if it is too large for Temporal, and no page is larger than 1 MB', async () => {
    const names = Array.from({ length: GRANTS }, (_, index) => `many-${index}-${fresh('x')}`);
    for (let from = 0; from < names.length; from += AT_ONCE) {
      await Promise.all(names.slice(from, from + AT_ONCE).map(makeGrant));
    }
    const own = (await runListAccess(env.client, 'sandbox')).filter(({ subject }) =>
      subject.startsWith('many-'),
    );
    assert.ok(bytesOf(own) > 2_000_000, `${bytesOf(own)} bytes`);
    assert.deepEqual(
      own.map(({ subject }) => subject),
      names.toSorted((a, b) => a.localeCompare(b)),
    );
    const page = await env.client.workflow.execute<typeof workflows.listAccess>('listAccess', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: fresh('list-access/story'),
      args: [{ target: 'sandbox' }],
    });
    assert.ok('next' in page, 'the list must have more than one page');
    assert.ok(bytesOf(page) <= 1_000_000, `${bytesOf(page)} bytes`);
  });

  test('is the same in pages of a few, cluster-wide grants included', async () => {
    const [subject, own] = [await createUser(env), await createNamespace(env)];
    const accesses = [`pull:${own}`, 'metrics'];
    assertProven((await onboard(env, { subject, accesses })).report);
    await env.admin.send('DELETE', `${RBAC}/namespaces/${namespace}/rolebindings`);
    const rows = await runListAccess(env.client, 'sandbox', 2);
    assert.deepEqual(
      rows
        .filter((row) => row.subject === subject.name)
        .map(({ access }) => access)
        .sort(),
      accesses.toSorted(),
    );
    assert.deepEqual(
      rows.map((row) => `${row.subject} ${row.access}`).sort(),
      (await runListAccess(env.client, 'sandbox'))
        .map((row) => `${row.subject} ${row.access}`)
        .sort(),
    );
  });
});

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
