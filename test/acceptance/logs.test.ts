import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { startCollectLogs } from '../../src/temporal/starts.ts';
import { planted, SECRETS } from '../logs/corpus.ts';
import { halfBundles, numbersOf, range, readBundles } from './support/bundles.ts';
import { fresh } from './support/fixtures.ts';
import { openStage } from './support/pod-log.ts';
import type { StagePod } from './support/pod-log.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a collection of logs', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const archive = () => path.join(env.info.dataDir, 'archive');
  const collect = async (target: string, more: { readonly since?: string } = {}) =>
    (await startCollectLogs(env.client, { target, ...more })).result();
  const serve = async (pod: StagePod): Promise<string> => {
    const target = fresh('logs');
    const logs = { ...base().logs, workloads: [pod.workload] };
    await env.serve({ [target]: { logs } });
    return target;
  };
  const configOf = (target: string, logs: object): string => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'purser-logs-')), 'purser.yaml');
    const targets = { [target]: { ...base(), logs } };
    writeFileSync(file, stringify({ ...env.config, archive: { folder: archive() }, targets }));
    return file;
  };
  const base = () => {
    const { sandbox } = env.config.targets;
    assert.ok(sandbox);
    return sandbox;
  };

  test('takes every line once, over rotations, restarts and a pod that is replaced, or says where not', async () => {
    const pod = await openStage(env, 1);
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

  for (const [number, point] of [
    [2, 'collected stage-2/app'],
    [3, 'indexed'],
    [1, 'claimed'],
    [4, 'sealed'],
  ] as const) {
    test(`whose worker is killed at "${point}" has every line once in the end`, async () => {
      const pod = await openStage(env, number);
      const target = fresh('logs-crash');
      const logs = { ...base().logs, workloads: [pod.workload] };
      pod.say(1, 300);
      const doomed = startDoomed(configOf(target, logs), target, point);
      const handle = await startCollectLogs(env.client, { target });
      const [, signal] = await once(doomed, 'exit');
      assert.equal(signal, 'SIGKILL', 'the worker must have died at the point');
      pod.say(301, 400);
      await env.serve({ [target]: { logs } });
      await handle.result();
      await collect(target);
      const bundles = readBundles(archive(), target);
      assert.deepEqual(numbersOf(bundles, pod.name), range(1, 400));
      assert.deepEqual(halfBundles(archive(), target), []);
    });
  }

  test('of a pod that may not be read says so, and catches up once it may', async () => {
    const pod = await openStage(env, 5);
    const target = fresh('logs-denied');
    const roles =
      '/apis/rbac.authorization.k8s.io/v1/namespaces/log-stage/rolebindings/purser-logs';
    await env.serve({ [target]: { logs: { ...base().logs, workloads: [pod.workload] } } });
    pod.say(1, 10);
    await env.admin.send('DELETE', roles);
    await assert.rejects(collect(target), (error: unknown) => {
      assert.match(String(error instanceof Error ? error.cause : error), /pods is forbidden|403/);
      return true;
    });
    assert.deepEqual(readBundles(archive(), target), []);
    await openStage(env, 6);
    assert.equal((await collect(target)).lines, 10);
  });

  test('holds none of the secrets that a container gives away', async () => {
    const pod = await openStage(env, 6);
    const target = await serve(pod);
    const all = SECRETS.map(({ line }) => planted(line));
    pod.write(all.map(({ text }) => text));
    const { redacted } = await collect(target);
    assert.equal(redacted, all.length);
    const text = readBundles(archive(), target)
      .flatMap(({ manifest, lines }) => [
        JSON.stringify(manifest),
        ...manifest.sources.flatMap((source) => lines(source)),
      ])
      .join('\n');
    for (const { secret } of all) assert.ok(!text.includes(secret));
  });

  test('of the registry itself holds all pods, the operator, and the audit events', async () => {
    const target = fresh('logs');
    await env.serve({ [target]: {} });
    const { failed, lines } = await collect(target);
    assert.equal(failed, 0);
    assert.ok(lines > 3);
    const [bundle] = readBundles(archive(), target);
    assert.ok(bundle);
    const files = bundle.manifest.sources.flatMap(({ kept }) => kept?.file ?? []);
    const [registry = ''] = env.info.registry.pods;
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

const DOOMED = fileURLToPath(new URL('./support/crash-worker.ts', import.meta.url));

function startDoomed(config: string, target: string, point: string): ChildProcess {
  const args = ['--disable-warning=ExperimentalWarning', DOOMED, config, target, point];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
