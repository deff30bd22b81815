import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { dataConverter } from '../../src/temporal/data-converter.ts';
import { METER_SINKS } from '../../src/temporal/meters.ts';
import { workerOptions } from '../../src/temporal/workers.ts';
import { createWorkerSpecs } from '../../src/worker.ts';
import { unusedCluster } from '../support/unused-cluster.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'purser-specs-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const config = twoTargets();

for (const { what, options, queues } of [
  {
    what: 'everything has a spec for the workflows and two a target',
    options: {},
    queues: ['purser', 'purser.prod', 'purser.prod.proof', 'purser.test', 'purser.test.proof'],
  },
  {
    what: 'the workflows alone need no target',
    options: { roles: ['workflows'] as const },
    queues: ['purser'],
  },
  {
    what: 'one role on one target is one spec',
    options: { roles: ['proof'] as const, targets: ['test'] },
    queues: ['purser.test.proof'],
  },
]) {
  test(what, async () => {
    const specs = await createWorkerSpecs(config, options);
    assert.deepEqual(
      specs.map(({ taskQueue }) => taskQueue),
      queues,
    );
    const running = specs.filter(({ runsWorkflows }) => runsWorkflows);
    assert.deepEqual(
      running.map(({ taskQueue }) => taskQueue),
      queues.filter((queue) => queue === 'purser'),
    );
    for (const { activities } of specs) assert.notDeepEqual(Object.keys(activities), []);
  });
}

test('a spec of a target that is not configured is refused', async () => {
  await assert.rejects(createWorkerSpecs(config, { targets: ['stage'] }), {
    name: 'NotConfigured',
    message: 'there is no target "stage"; purser.yaml has prod, test',
  });
});

test('a spec alone gives the options of its worker, with the bundle only where workflows run', async () => {
  const specs = await createWorkerSpecs(config, { targets: ['prod'] });
  const common = {
    dataConverter,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '20 seconds',
    shutdownForceTime: '30 seconds',
  };
  const options = specs.map((spec) =>
    workerOptions(spec, { codePath: '/bundle.js', workers: specs.length }),
  );
  assert.deepEqual(
    options,
    specs.map(({ taskQueue, activities, runsWorkflows }) => ({
      taskQueue,
      activities,
      ...common,
      ...(runsWorkflows ? { workflowBundle: { codePath: '/bundle.js' }, sinks: METER_SINKS } : {}),
    })),
  );
});

function twoTargets() {
  return unusedCluster(folder, ['prod', 'test']);
}
