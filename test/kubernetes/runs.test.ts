import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRuns } from '../../src/kubernetes/pods.ts';
import { startKube } from './kube-server.ts';

function ended(id: string) {
  return {
    terminated: { containerID: id, startedAt: '2026-11-23T10:00:00Z' },
  };
}

/** What a node says of a container that has restarted five times, and its runs: which, and how often restarted. */
const STATES = [
  [
    'one that runs',
    {
      state: { running: { startedAt: '2026-11-23T10:05:00Z' } },
      lastState: ended('containerd://old'),
      containerID: 'containerd://new',
    },
    ['containerd://old 4', 'containerd://new 5'],
  ],
  [
    'one that has ended, and is not yet started again',
    { state: ended('containerd://new'), lastState: ended('containerd://old') },
    ['containerd://old 4', 'containerd://new 5'],
  ],
  [
    'one that is waited for after a crash',
    { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended('containerd://last') },
    ['containerd://last 5'],
  ],
] as const;

for (const [what, status, expected] of STATES) {
  test(`the runs of ${what} are numbered as the node counts restarts`, async (t) => {
    const pod = {
      metadata: { name: 'web-0', uid: 'uid', creationTimestamp: '2026-11-23T09:00:00Z' },
      status: { containerStatuses: [{ name: 'app', restartCount: 5, ...status }] },
    };
    const kube = await startKube(t, () => ({ status: 200, body: { metadata: {}, items: [pod] } }));
    const runs = await listRuns(
      await kube.cluster(),
      { namespace: 'team-a', selector: 'app=web' },
      new AbortController().signal,
    );
    assert.deepEqual(
      runs.map(({ run, restarts }) => `${run} ${restarts}`),
      expected,
    );
    for (const { podCreatedAt } of runs) assert.equal(podCreatedAt, '2026-11-23T09:00:00Z');
  });
}
