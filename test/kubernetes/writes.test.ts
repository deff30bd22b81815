import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { anything } from '../../src/kubernetes/api/cluster.ts';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { watchWrites } from '../../src/kubernetes/api/writes.ts';
import { refusal, startKube } from './kube-server.ts';
import type { Answer } from './kube-server.ts';

async function afterwards(
  t: TestContext,
  answer: Answer,
  method: 'GET' | 'POST',
): Promise<boolean> {
  const kube = await startKube(t, () => answer);
  const { cluster, areUnanswered } = watchWrites(await kube.cluster());
  await cluster.call(anything, { method, path: '/x', body: {} }).catch(() => {});
  return areUnanswered();
}

const ANSWERS = [
  [201, false],
  [400, false],
  [403, false],
  [409, false],
  [429, false],
  [500, true],
  [503, true],
  [504, true],
] as const;

for (const [status, isOpen] of ANSWERS) {
  test(`a write that is answered with ${status} ${isOpen ? 'may still arrive' : 'is settled'}`, async (t) => {
    assert.equal(await afterwards(t, refusal(status, 'Some', 'no'), 'POST'), isOpen);
  });
}

test('a read that fails leaves nothing behind', async (t) => {
  assert.equal(await afterwards(t, refusal(503, 'Some', 'no'), 'GET'), false);
});

test('a write without an answer, or whose caller went away, may still arrive', async (t) => {
  const kube = await startKube(t, () => refusal(500, 'Some', 'no'));
  const { connection } = await kube.cluster();
  const silent = { ...connection, server: 'https://127.0.0.1:1' };
  const lost = watchWrites(createCluster(silent));
  await lost.cluster.call(anything, { method: 'POST', path: '/x' }).catch(() => {});
  assert.equal(lost.areUnanswered(), true);

  const left = watchWrites(createCluster(connection));
  const signal = AbortSignal.abort();
  await left.cluster.find(anything, { method: 'DELETE', path: '/x', signal }).catch(() => {});
  assert.equal(left.areUnanswered(), true);
});
