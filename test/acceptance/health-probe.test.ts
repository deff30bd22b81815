import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { CHECKS } from '../../src/health/model/checks.ts';
import { replicaFault } from './support/faults.ts';
import { openApiProxy } from './support/api-proxy.ts';
import type { ApiProxy } from './support/api-proxy.ts';
import { look, lookOnce, targetOf, temporaryFile, words } from './support/health-checks.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const DOOMED = fileURLToPath(new URL('./support/crash-check.ts', import.meta.url));
const STREAMS = '/apis/image.openshift.io/v1/namespaces/purser-probe/imagestreams';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
after(() => env.close());

async function streams(): Promise<readonly string[]> {
  const { body } = await env.admin.send('GET', STREAMS);
  const list = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
  return list.parse(body).items.map(({ metadata }) => metadata.name);
}

describe('an API server that cannot be asked', () => {
  let proxy: ApiProxy;
  before(async () => {
    proxy = await openApiProxy(env);
  });
  after(() => proxy.close());

  for (const [status, says] of [
    [429, /: 429 too many requests/],
    [503, /: 503 etcd is away/],
  ] as const) {
    test(`${status}: every check is unknown for probe, none healthy or unhealthy, and then well again`, async () => {
      const target = await targetOf(env, { kubeconfig: proxy.kubeconfig });
      proxy.refuse(status);
      for (const result of Object.values(await look(target, CHECKS))) {
        assert.equal(result.verdict, 'unknown', words(result));
        assert.ok(
          result.findings.every(({ cause }) => cause === 'probe'),
          words(result),
        );
        assert.match(result.findings[0]?.text ?? '', says);
      }
      proxy.refuse(undefined);
      for (const check of ['pods', 'operator', 'workload', 'identity'] as const) {
        const result = await lookOnce(target, check);
        assert.equal(result.verdict, 'healthy', words(result));
      }
    });
  }
});

describe('the write path', () => {
  for (const point of ['probe stream made', 'probe pushed']) {
    test(`killed at "${point}" leaves a stream that the next attempt of the run deletes`, async () => {
      const run = `story/${crypto.randomUUID()}`;
      await lookOnce(await targetOf(env), 'write-path');
      const there = await streams();
      const { file, end } = temporaryFile(stringify({ ...env.config, worker: {} }));
      const args = ['--disable-warning=ExperimentalWarning', DOOMED, file, point, run];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
      const [, signal] = await once(child, 'exit');
      end();
      assert.equal(signal, 'SIGKILL', 'the check must have died at the point');
      assert.equal((await streams()).length, there.length + 1);
      const result = await lookOnce(await targetOf(env), 'write-path', { run });
      assert.equal(result.verdict, 'healthy', words(result));
      assert.deepEqual(await streams(), there);
      assert.ok(there.includes('purser-reading'), there.join());
    });
  }

  test('leaves a stream alone that another run uses', async () => {
    const labels = { 'purser.dev/probe': 'another-target' };
    const metadata = { name: 'somebody-elses', labels };
    const body = { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata };
    await env.admin.send('POST', STREAMS, body);
    await lookOnce(await targetOf(env), 'write-path');
    const left = await streams();
    await env.admin.send('DELETE', `${STREAMS}/somebody-elses`);
    assert.ok(left.includes('somebody-elses'), left.join());
  });

  test('a first failure that stays is confirmed within the run; one that is no first is not tried again', async () => {
    const target = await targetOf(env);
    const heal = await replicaFault(0, { uploadStatus: 500 })(env);
    const first = await lookOnce(target, 'write-path');
    const again = await lookOnce(target, 'write-path', { memory: { 'write-path': first.memory } });
    await heal();
    assert.equal(first.verdict, 'unhealthy', words(first));
    assert.equal(first.confirmed, true);
    assert.equal(again.verdict, 'unhealthy', words(again));
    assert.equal(again.confirmed, undefined);
  });

  test('a failure that passes by itself within the run is a note, with what it was', async () => {
    const heal = await replicaFault(0, { uploadStatus: 500 })(env);
    // Well again from the first failed push on: the second try waits until then.
    let healing: Promise<void> | undefined;
    const target = await targetOf(env, { probe: { retryAfterSeconds: 1 } });
    const at = (point: string): void => {
      if (point === 'probe pushed') healing ??= heal();
    };
    const result = await lookOnce({ ...target, at }, 'write-path');
    await healing;
    assert.equal(result.verdict, 'healthy', words(result));
    assert.match(result.findings.map(({ text }) => text).join(), /passed by itself: push fails/);
  });

  test('takes a token of its own account if Purser has none', async () => {
    const target = await targetOf(env);
    const { connection } = target.cluster;
    const own = await connection.credentials();
    // As with a client certificate: the requests are authenticated, and no header says by what.
    let asked = 0;
    const cluster: typeof target.cluster = {
      ...target.cluster,
      connection: { ...connection, credentials: async () => ((asked += 1), {}) },
    };
    assert.match(own['Authorization'] ?? own['authorization'] ?? '', /^Bearer /);
    const results = await look({ ...target, cluster }, ['write-path', 'metrics']);
    assert.ok(asked > 0);
    for (const result of Object.values(results)) {
      assert.equal(result.verdict, 'healthy', words(result));
    }
  });
});

test('what the checks leave to the next run fits, and holds no token', async () => {
  const target = await targetOf(env);
  const first = await look(target, CHECKS);
  const memory = Object.fromEntries(Object.values(first).map((each) => [each.check, each.memory]));
  const second = await look(target, CHECKS, { memory });
  const text = JSON.stringify(Object.values(second).map((each) => each.memory));
  assert.ok(text.length < 2_048, `${text.length} bytes`);
  assert.doesNotMatch(JSON.stringify(second), /eyJ[\w-]+\.|sha256~|Bearer /);
  assert.ok((second.metrics?.measurements['requests'] ?? 0) > 0, JSON.stringify(second.metrics));
});
