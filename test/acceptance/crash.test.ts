import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Report } from '../../src/domain/report.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { createNamespace, createUser, fresh, grantsIn, leftBehind } from './support/cast.ts';
import { endOf, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const DOOMED = fileURLToPath(new URL('./support/doomed-worker.ts', import.meta.url));
// A dead worker is noticed when its heartbeat stays away for 15 s; the rest is patience.
const NOTICED_WITHIN_MS = 20_000;

describe('a worker that is killed with SIGKILL', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const points = [
    'granted pull:NAMESPACE',
    'granted push:NAMESPACE',
    'reached',
    'token borrowed',
    'logged in',
    'canary pushed',
    'push NAMESPACE',
    'pull default refused',
  ];
  for (const point of points) {
    test(`at "${point}" changes nothing in how the onboarding ends`, async () => {
      const namespace = await createNamespace(world);
      const target = fresh('crash');
      const config = writeConfig(world, target);
      const doomed = startWorker(config, target, point.replace('NAMESPACE', namespace));
      const handle = await startOnboard(world.client, {
        target,
        subject: await createUser(world),
        accesses: [`pull:${namespace}`, `push:${namespace}`],
        prove: 'required',
      });
      const [, signal] = await once(doomed, 'exit');
      assert.equal(signal, 'SIGKILL', 'the worker must have died at the point');
      const died = Date.now();
      await world.serve({ [target]: {} });
      const { report } = await endOf(handle.result());
      assert.equal(report.outcome, 'proven', JSON.stringify(report.failure));
      assert.ok(Date.now() - died < NOTICED_WITHIN_MS, `it took ${Date.now() - died} ms`);
      assert.deepEqual(
        steps(report),
        EXPECTED.map((name) => name.replace('NAMESPACE', namespace)),
      );
      assert.equal((await grantsIn(world, namespace)).length, 2, 'each binding must exist once');
      assert.deepEqual(
        report.grants.map(({ made }) => made),
        ['by-this-run', 'by-this-run'],
      );
      assert.deepEqual(await leftBehind(world, [namespace]), []);
    });
  }
});

const EXPECTED = [
  'identity provider',
  'subject',
  'grant pull:NAMESPACE',
  'grant push:NAMESPACE',
  'review',
  'reach',
  'login',
  'push NAMESPACE',
  'pull default refused',
];

function steps(report: Report): readonly string[] {
  return report.steps
    .filter(({ outcome }) => outcome === 'passed' || outcome === 'not-applicable')
    .map(({ name }) => name);
}

function writeConfig({ config }: World, target: string): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'purser-crash-')), 'purser.yaml');
  const targets = { [target]: config.targets['sandbox'] };
  writeFileSync(file, stringify({ ...config, targets }));
  return file;
}

function startWorker(config: string, target: string, point: string): ChildProcess {
  const args = ['--disable-warning=ExperimentalWarning', DOOMED, config, target, point];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
