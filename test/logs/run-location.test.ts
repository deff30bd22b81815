import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podsThatMayRemain } from '../../activities/logs/run-location.ts';
import { startKube } from '../kubernetes/kube-server.ts';

function missing(number: number) {
  return {
    namespace: 'team-a',
    selector: 'app=web',
    pod: `web-${number}`,
    podUid: `uid-${number}`,
    container: 'app',
    run: `containerd://${number}`,
    restarts: 0,
  };
}

test('pods that no selector chose are looked up by name, 50 at once: only those are known to be gone', async (t) => {
  const pod = (name: string, uid: string) => ({
    metadata: { name, uid },
    status: {
      containerStatuses: [{ name: 'app', restartCount: 0, state: { running: {} } }],
    },
  });
  // web-1 has lost its label, and another pod has the name of web-2.
  const kube = await startKube(t, ({ query }) => {
    const name = query['fieldSelector']?.replace('metadata.name=', '') ?? '';
    const uid = { 'web-1': 'uid-1', 'web-2': 'uid-new' }[name];
    return {
      status: 200,
      body: { metadata: {}, items: uid === undefined ? [] : [pod(name, uid)] },
    };
  });
  const all = Array.from({ length: 52 }, (_, number) => missing(number));
  const { signal } = new AbortController();
  const remaining = await podsThatMayRemain(await kube.cluster(), all, signal);
  assert.deepEqual([...remaining].toSorted(), ['uid-1', 'uid-50', 'uid-51']);
});
