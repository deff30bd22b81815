import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startCollectLogs } from '../../src/temporal/starts.ts';
import { halfBundles, numbersOf, range, readBundles } from './support/bundles.ts';
import { fresh } from './support/cast.ts';
import { openStage } from './support/stage.ts';
import type { StagePod } from './support/stage.ts';
import { openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

describe('a collection of logs', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const archive = () => path.join(world.info.dataDir, 'archive');
  const collect = async (target: string, more: { readonly since?: string } = {}) =>
    (await startCollectLogs(world.client, { target, ...more })).result();
  const serve = async (pod: StagePod): Promise<string> => {
    const target = fresh('logs');
    const logs = { ...base().logs, workloads: [pod.workload] };
    await world.serve({ [target]: { logs } });
    return target;
  };
  const base = () => {
    const { sandbox } = world.config.targets;
    assert.ok(sandbox);
    return sandbox;
  };

  test('takes every line once, over rotations, restarts and a pod that is replaced, or says where not', async () => {
    const pod = await openStage(world, 1);
    const target = await serve(pod);
    pod.say(1, 500);
    const first = await collect(target);
    assert.deepEqual([first.lines, first.gaps, first.failed], [500, 0, 0]);

    pod.say(501, 600);
    await pod.restart();
    pod.say(601, 700);
    assert.equal((await collect(target)).lines, 200);
    assert.equal((await collect(target)).lines, 0);

    pod.say(701, 710);
    pod.rotate();
    pod.say(711, 720);
    const rotated = await collect(target);
    assert.deepEqual([rotated.lines, rotated.gaps], [10, 1]);

    pod.say(721, 730);
    await pod.replace();
    pod.say(731, 740);
    const replaced = await collect(target);
    assert.deepEqual([replaced.lines, replaced.gaps], [10, 1]);

    const bundles = readBundles(archive(), target);
    assert.deepEqual(numbersOf(bundles, pod.name), [
      ...range(1, 700),
      ...range(711, 720),
      ...range(731, 740),
    ]);
    const gaps = bundles.flatMap(({ manifest }) =>
      manifest.sources.flatMap((source) => source.gaps),
    );
    assert.deepEqual(
      gaps.map(({ reason }) => reason),
      ['rotated', 'pod-gone'],
    );
    assert.deepEqual(halfBundles(archive(), target), []);
  });

  test('of the registry itself holds all pods, the operator, and who did what', async () => {
    const target = fresh('logs');
    await world.serve({ [target]: {} });
    const { failed, lines } = await collect(target);
    assert.equal(failed, 0);
    assert.ok(lines > 3);
    const [bundle] = readBundles(archive(), target);
    assert.ok(bundle);
    const files = bundle.manifest.sources.flatMap(({ kept }) => kept?.file ?? []);
    const [registry = ''] = world.info.registry.pods;
    assert.ok(
      files.includes(`openshift-image-registry_${registry}_registry.log.zst`),
      files.join(),
    );
    assert.ok(
      files.some((file) => file.includes('cluster-image-registry-operator')),
      files.join(),
    );
    assert.equal(bundle.manifest.access?.file, 'access.json.zst');
  });
});
