import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { numbersOf, range } from '../support/bundles.ts';
import { openCuttingProxy } from '../support/cutting-proxy.ts';
import { gapsOf, longLines, openLogEnvironment } from '../support/log-environment.ts';
import type { LogEnvironment } from '../support/log-environment.ts';
import { openStage } from '../support/pod-log.ts';

const LINES = 100_000;
const MIB = 1024 * 1024;

describe('a collection whose streams are cut every few MB', () => {
  let env: LogEnvironment;
  before(async () => {
    env = await openLogEnvironment();
  });
  after(() => env.close());

  for (const [number, how] of [
    [1, 'broken'],
    [2, 'clean'],
  ] as const) {
    test(`(${how}) has every line once`, async (t) => {
      const pod = await openStage(env, number, LINES * 3);
      pod.write(longLines(pod.name, 1, LINES));
      const proxy = await openCuttingProxy(env, { afterBytes: 3 * MIB, how });
      t.after(() => proxy.close());
      const target = await env.serveLogs({ ...env.of(pod), kubeconfig: proxy.kubeconfig });
      const { lines, bytes, gaps, failed } = await env.collect(target);
      assert.deepEqual({ lines, gaps, failed }, { lines: LINES, gaps: 0, failed: 0 });
      assert.ok(proxy.cuts() >= Math.floor(bytes / (3 * MIB)), `cut ${proxy.cuts()} times`);
      pod.write(longLines(pod.name, LINES + 1, LINES + 10));
      assert.equal((await env.collect(target)).lines, 10);
      const bundles = env.bundles(target);
      assert.deepEqual(numbersOf(bundles, pod.name), range(1, LINES + 10));
      assert.deepEqual(gapsOf(bundles), []);
    });
  }
});
