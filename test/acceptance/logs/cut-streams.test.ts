import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { numbersOf, range } from '../support/bundles.ts';
import { openCuttingProxy } from '../support/cutting-proxy.ts';
import { gapsOf, longLines, openLogWorld } from '../support/log-world.ts';
import type { LogWorld } from '../support/log-world.ts';
import { openStage } from '../support/stage.ts';

const LINES = 100_000;
const MIB = 1024 * 1024;

describe('a collection whose streams are cut every few MB', () => {
  let world: LogWorld;
  before(async () => {
    world = await openLogWorld();
  });
  after(() => world.close());

  for (const [number, how] of [
    [1, 'broken'],
    [2, 'clean'],
  ] as const) {
    test(`(${how}) has every line once`, async (t) => {
      const pod = await openStage(world, number, LINES * 3);
      pod.write(longLines(pod.name, 1, LINES));
      const proxy = await openCuttingProxy(world, { afterBytes: 3 * MIB, how });
      t.after(() => proxy.close());
      const target = await world.serveLogs({ ...world.of(pod), kubeconfig: proxy.kubeconfig });
      const { lines, bytes, gaps, failed } = await world.collect(target);
      assert.deepEqual({ lines, gaps, failed }, { lines: LINES, gaps: 0, failed: 0 });
      assert.ok(proxy.cuts() >= Math.floor(bytes / (3 * MIB)), `cut ${proxy.cuts()} times`);
      pod.write(longLines(pod.name, LINES + 1, LINES + 10));
      assert.equal((await world.collect(target)).lines, 10);
      const bundles = world.bundles(target);
      assert.deepEqual(numbersOf(bundles, pod.name), range(1, LINES + 10));
      assert.deepEqual(gapsOf(bundles), []);
    });
  }
});
