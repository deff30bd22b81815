import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import { createGrant } from '../../../src/access/grants/bindings.ts';
import { decidedOf, deleteDecided } from '../../../src/access/grants/delete.ts';
import { GRANT, IN_TEAM_A, NAME, start } from './grant.ts';
import { startKube } from '../../kubernetes/kube-server.ts';

test('a binding is deleted as it was read', async (t) => {
  const { store, kube, cluster } = await start(t);
  const { binding } = await createGrant(cluster, GRANT);
  assert.deepEqual(await deleteDecided(cluster, decidedOf(binding)), { is: 'deleted' });
  assert.deepEqual(kube.asked.at(-1)?.body, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: {
      uid: binding.metadata.uid,
      resourceVersion: binding.metadata.resourceVersion,
    },
  });
  assert.equal(store.objects.size, 0);
  assert.deepEqual(await deleteDecided(cluster, decidedOf(binding)), { is: 'gone' });
});

/** What somebody does to a binding between the decision to delete it and the deletion. */
const MEANWHILE: Readonly<Record<string, (own: Binding) => object>> = {
  'made anew': (own) => ({ ...own, metadata: { ...own.metadata, uid: 'another' } }),
  'taken over by another run': (own) => ({
    ...own,
    metadata: {
      ...own.metadata,
      annotations: { ...own.metadata.annotations, 'purser.dev/made-by': 'onboard/x/run-2' },
    },
  }),
  'given to somebody else as well': (own) => ({
    ...own,
    subjects: [...(own.subjects ?? []), { kind: 'User', name: 'bob' }],
  }),
  'given another role': (own) => ({ ...own, roleRef: { kind: 'ClusterRole', name: 'edit' } }),
  'deprived of its marks': (own) => ({ ...own, metadata: { ...own.metadata, labels: {} } }),
};

for (const [what, change] of Object.entries(MEANWHILE)) {
  test(`a binding that was ${what} since the decision is not deleted`, async (t) => {
    const { store, cluster } = await start(t);
    const { binding } = await createGrant(cluster, GRANT);
    const changed = { metadata: binding.metadata, ...change(binding) };
    store.objects.set(`${IN_TEAM_A}/${NAME}`, changed);
    const deletion = await deleteDecided(cluster, decidedOf(binding));
    assert.equal(deletion.is, 'not-ours-any-more');
    assert.equal(store.objects.get(`${IN_TEAM_A}/${NAME}`), changed);
  });
}

test('a binding that was written to since the decision, without a change to the grant, is deleted', async (t) => {
  const { store, cluster } = await start(t);
  const { binding } = await createGrant(cluster, GRANT);
  const decided = decidedOf(binding);
  let races = 2;
  const raced = await startKube(t, (asked) => {
    if (asked.method === 'DELETE' && races > 0) {
      races -= 1;
      const { metadata } = binding;
      const annotations = { ...metadata.annotations, note: String(races) };
      store.put(IN_TEAM_A, {
        ...binding,
        metadata: { ...metadata, annotations, resourceVersion: `9${races}` },
      });
    }
    return store.respond(asked);
  });
  assert.deepEqual(await deleteDecided(await raced.cluster(), decided), { is: 'deleted' });
  assert.equal(store.objects.size, 0);
  assert.equal(raced.lines().filter((line) => line.startsWith('DELETE')).length, 3);
});

test('if the uid is not known, the run that made it decides', async (t) => {
  const { store, cluster } = await start(t);
  const { binding } = await createGrant(cluster, GRANT);
  const { uid: _, ...decided } = decidedOf(binding);
  const other = { ...decided, madeBy: 'onboard/x/run-2' };
  assert.equal((await deleteDecided(cluster, other)).is, 'not-ours-any-more');
  assert.deepEqual(await deleteDecided(cluster, decided), { is: 'deleted' });
  assert.equal(store.objects.size, 0);
});

test('a binding that a finalizer keeps does not count as deleted', async (t) => {
  const { store, cluster } = await start(t, ({ method }) =>
    method === 'DELETE'
      ? { status: 200, body: { kind: 'RoleBinding', metadata: { finalizers: ['mine/keep'] } } }
      : undefined,
  );
  const { binding } = await createGrant(cluster, GRANT);
  await assert.rejects(deleteDecided(cluster, decidedOf(binding)), {
    type: 'ServerError',
    message: /still gives its role: finalizers keep it \(mine\/keep\)/,
  });
  assert.equal(store.objects.size, 1);
});
