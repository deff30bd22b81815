import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { deleteCanary, isInTheWay, makeCanaryStream } from '../../src/access/canaries.ts';
import { startKube } from '../kubernetes/kube-server.ts';
import { createStore } from '../kubernetes/kube-store.ts';
import type { Stored } from '../kubernetes/kube-store.ts';

const STREAMS = '/apis/image.openshift.io/v1/namespaces/team-a/imagestreams';
const NAME = 'purser-canary-p1';
const IMAGE = `sha256:${'c'.repeat(64)}`;
const CANARY = {
  namespace: 'team-a',
  image: IMAGE,
  proof: 'p1',
  madeBy: 'onboard/prod/User/alice/run-1',
  installation: '0123456789abcdef',
};

async function start(t: TestContext) {
  const store = createStore();
  const kube = await startKube(t, (asked) => {
    const { limit: _none, fieldSelector, ...query } = asked.query;
    // The store lists whatever is asked for with a limit, as the real one does for any list.
    const isList = asked.method === 'GET' && fieldSelector !== undefined;
    return store.respond(isList ? { ...asked, query: { ...query, limit: '500' } } : asked);
  });
  return { store, kube, cluster: await kube.cluster() };
}

function holding(...images: readonly string[]) {
  return {
    status: { tags: [{ tag: 'probe', items: images.map((image) => ({ image })) }] },
  };
}

test("the canary's stream is marked before the push, and is recognised by its marks", async (t) => {
  const { store, cluster } = await start(t);
  await makeCanaryStream(cluster, CANARY);
  const { metadata } = store.objects.get(`${STREAMS}/${NAME}`) ?? {};
  assert.deepEqual(metadata?.labels, {
    'purser.dev/proof': 'p1',
    'purser.dev/installation': '0123456789abcdef',
  });
  assert.deepEqual(metadata.annotations, { 'purser.dev/made-by': CANARY.madeBy });
  assert.equal(await isInTheWay(cluster, CANARY), false);
  assert.equal(await deleteCanary(cluster, CANARY), true);
  assert.equal(store.objects.size, 0);
  assert.equal(await deleteCanary(cluster, CANARY), true, 'one that is gone is fine');
});

test('a stream that the registry made for the push is recognised by its only image', async (t) => {
  const { store, cluster } = await start(t);
  store.put(STREAMS, { metadata: { name: NAME }, ...holding(IMAGE, IMAGE) });
  assert.equal(await deleteCanary(cluster, CANARY), true);
  assert.equal(store.objects.size, 0);
});

const OTHERS: Readonly<Record<string, Partial<Stored>>> = {
  'is empty and has no mark': {},
  'holds another image besides': holding(IMAGE, `sha256:${'d'.repeat(64)}`),
  'imports a tag': { ...holding(IMAGE), spec: { tags: [{ name: 'latest' }] } },
  'is marked for another proof': { metadata: { name: NAME, labels: { 'purser.dev/proof': 'p2' } } },
  "is another installation's": {
    metadata: {
      name: NAME,
      labels: { 'purser.dev/proof': 'p1', 'purser.dev/installation': 'fedcba9876543210' },
    },
    ...holding(IMAGE),
  },
};

for (const [what, stream] of Object.entries(OTHERS)) {
  test(`a stream of the canary's name that ${what} stays`, async (t) => {
    const { store, cluster } = await start(t);
    store.put(STREAMS, { metadata: { name: NAME }, ...stream });
    assert.equal(await isInTheWay(cluster, CANARY), true);
    assert.equal(await deleteCanary(cluster, CANARY), false);
    assert.equal(store.objects.size, 1);
  });
}

test('only the stream that was checked is deleted, not a new one of the same name', async (t) => {
  const { store, kube, cluster } = await start(t);
  const { metadata } = store.put(STREAMS, { metadata: { name: NAME }, ...holding(IMAGE) });
  await deleteCanary(cluster, CANARY);
  const body = kube.asked.find(({ method }) => method === 'DELETE')?.body;
  assert.deepEqual(body, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: metadata.uid },
  });
});

test("a connection with a subject's token uses that token only, never Purser's own credentials", async (t) => {
  const { kube, cluster } = await start(t);
  await makeCanaryStream(createCluster(cluster.connection.bearing('t-1')), CANARY);
  await deleteCanary(cluster, CANARY);
  const tokens = kube.asked.map(({ headers }) => headers['authorization']);
  assert.equal(tokens[0], 'Bearer t-1');
  assert.notEqual(tokens[1], 'Bearer t-1');
});
