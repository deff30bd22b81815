// On a sandbox of its own: the other stories need their API server.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { withSandbox } from '../../../sandbox/cli/with-sandbox.ts';
import type { Sandbox } from '../../../sandbox/info.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { privateState } from '../../sandbox/support/private-state.ts';
import { numbersOf, range } from '../support/bundles.ts';
import { openCuttingProxy } from '../support/cutting-proxy.ts';
import { gapsOf, longLines, openLogEnvironment } from '../support/log-environment.ts';
import { openStage } from '../support/pod-log.ts';

const LINES = 60_000;
const MIB = 1024 * 1024;

const state = privateState();
after(() => state.remove());

test('a collection in whose middle the API server is restarted has every line once', async () => {
  await withSandbox({ replicas: 1, progress: () => {} }, async (sandbox) => {
    await collectAcrossRestart(sandbox);
    return 0;
  });
});

async function collectAcrossRestart(sandbox: Sandbox): Promise<void> {
  const env = await openLogEnvironment(sandbox.info.dataDir);
  const closing = [() => env.close()];
  try {
    const pod = await openStage(env, 1, LINES * 3);
    pod.write(longLines(pod.name, 1, LINES));
    // In the middle of the log, however fast this machine is: the stream waits for the restart, until
    // the server answers again. Just then it refuses what it has not yet read to be allowed.
    let restarted: Promise<void> | undefined;
    const restart = async () => {
      await sandbox.restart('kube-apiserver');
      const answers = () => env.admin.send('GET', '/version').then(Boolean, () => false);
      await eventually('the API server to answer', answers, 60_000);
    };
    const proxy = await openCuttingProxy(env, {
      meanwhile: async (sent) => {
        if (sent > 2 * MIB) await (restarted ??= restart());
      },
    });
    closing.unshift(() => proxy.close());
    const target = await env.serveLogs({ ...env.of(pod), kubeconfig: proxy.kubeconfig });
    const { lines, gaps, failed } = await env.collect(target);
    assert.ok(restarted !== undefined && proxy.cuts() > 0, 'it must have been restarted meanwhile');
    assert.deepEqual({ lines, gaps, failed }, { lines: LINES, gaps: 0, failed: 0 });
    pod.write(longLines(pod.name, LINES + 1, LINES + 10));
    assert.equal((await env.collect(target)).lines, 10);
    const bundles = env.bundles(target);
    assert.deepEqual(numbersOf(bundles, pod.name), range(1, LINES + 10));
    assert.deepEqual(gapsOf(bundles), []);
  } finally {
    for (const close of closing) await close();
  }
}
