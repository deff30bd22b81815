import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseMetrics } from '../../src/registry/metrics-text.ts';
import { createRunner } from '../cli/command.ts';
import { withoutMetrics } from './support/faults.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('purser metrics', () => {
  const runner = createRunner('');
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const metrics = (...args: readonly string[]) =>
    runner.run('metrics', ...args, '--config', path.join(env.info.dataDir, 'purser.yaml'));

  test('shows a column a replica, and what the registry did', async () => {
    const { code, out, err } = await metrics();
    assert.equal(code, 0, err);
    const [head = ''] = out.split('\n');
    assert.equal(head.match(/image-registry-\S+/g)?.length, env.info.registry.controls.length);
    assert.match(head, /TOGETHER$/);
    assert.match(out, /^requests +\d/m);
    assert.match(out, /^5xx share +[\d.]* ?%?/m);
  });

  test("gives the registry's own text with --raw, and numbers and text as JSON", async () => {
    const { code, out, err } = await metrics('--raw');
    assert.equal(code, 0, err);
    const texts = out.split(/^# replica \S+\n/m).slice(1);
    assert.equal(texts.length, env.info.registry.controls.length);
    for (const text of texts) {
      const { samples } = parseMetrics(`${text.trim()}\n`);
      assert.ok(samples.some(({ name }) => name === 'imageregistry_http_requests_total'));
    }
    const json = JSON.parse((await metrics('--raw', '--output', 'json')).out);
    assert.ok(json.all.requests['2xx'] > 0);
    assert.match(json.replicas[0].raw, /^imageregistry_http_requests_total/m);
  });

  test('says which command gives the right, where the account has none', async () => {
    const heal = await withoutMetrics(env);
    try {
      const { code, err } = await metrics();
      assert.equal(code, 1);
      assert.match(err, /Forbidden: .*registry\/metrics of image\.openshift\.io/);
      assert.match(err, /kubectl apply -f deploy\/rbac\/option-health\.yaml/);
    } finally {
      await heal();
    }
  });

  test('refuses an interval that is none', async () => {
    const { code, err } = await metrics('--watch', 'often');
    assert.equal(code, 2);
    assert.match(err, /not a number of seconds/);
  });
});

describe('purser notify test', () => {
  const runner = createRunner('');
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  test('says so where nobody is told, and which notifier there is not', async () => {
    const config = path.join(env.info.dataDir, 'purser.yaml');
    const nobody = await runner.run('notify', 'test', '--config', config);
    assert.equal(nobody.code, 1);
    assert.match(nobody.out, /no alerts are sent/);
    const other = await runner.run('notify', 'test', '--notifier', 'oncall', '--config', config);
    assert.match(other.err, /NotConfigured: there is no notifier "oncall".* it has none/);
  });
});
