import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LABELS } from '../../src/kubernetes/labels.ts';
import { runListAccess } from '../../src/temporal/starts.ts';
import { WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { createNamespace, createUser, fresh, make } from './support/cast.ts';
import { assertProven, onboard, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
// With reasons as long as they may be, more than the 2 MB that Temporal takes at once.
const GRANTS = 700;
const AT_ONCE = 20;

describe('the list of accesses', () => {
  let world: World;
  let namespace: string;
  before(async () => {
    world = await openWorld();
    namespace = await createNamespace(world);
  });
  after(async () => {
    await world.admin.send('DELETE', `${RBAC}/namespaces/${namespace}/rolebindings`);
    await world.close();
  });

  const makeGrant = (name: string) =>
    make(world, `${RBAC}/namespaces/${namespace}/rolebindings`, {
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

  test('is whole where it is larger than what Temporal takes, and no page is larger than 1 MB', async () => {
    const names = Array.from({ length: GRANTS }, (_, index) => `many-${index}-${fresh('x')}`);
    for (let from = 0; from < names.length; from += AT_ONCE) {
      await Promise.all(names.slice(from, from + AT_ONCE).map(makeGrant));
    }
    const own = (await runListAccess(world.client, 'sandbox')).filter(({ subject }) =>
      subject.startsWith('many-'),
    );
    assert.ok(bytesOf(own) > 2_000_000, `${bytesOf(own)} bytes`);
    assert.deepEqual(
      own.map(({ subject }) => subject),
      names.toSorted((a, b) => a.localeCompare(b)),
    );
    const page = await world.client.workflow.execute<typeof workflows.listAccess>('listAccess', {
      taskQueue: WORKFLOWS_QUEUE,
      workflowId: fresh('list-access/story'),
      args: [{ target: 'sandbox' }],
    });
    assert.ok('next' in page, 'the list must have more than one page');
    assert.ok(bytesOf(page) <= 1_000_000, `${bytesOf(page)} bytes`);
  });

  test('is the same in pages of a few, cluster-wide grants included', async () => {
    const [subject, own] = [await createUser(world), await createNamespace(world)];
    const accesses = [`pull:${own}`, 'metrics'];
    assertProven((await onboard(world, { subject, accesses })).report);
    await world.admin.send('DELETE', `${RBAC}/namespaces/${namespace}/rolebindings`);
    const rows = await runListAccess(world.client, 'sandbox', 2);
    assert.deepEqual(
      rows
        .filter((row) => row.subject === subject.name)
        .map(({ access }) => access)
        .sort(),
      accesses.toSorted(),
    );
    assert.deepEqual(
      rows.map((row) => `${row.subject} ${row.access}`).sort(),
      (await runListAccess(world.client, 'sandbox'))
        .map((row) => `${row.subject} ${row.access}`)
        .sort(),
    );
  });
});

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
