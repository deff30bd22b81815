import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { exposedNames, expressions, metricNames, recordedNames } from './expressions.ts';
import { folder, promtool } from './programs.ts';
import type { Found } from '../support/debian-program.ts';

const run = promisify(execFile);
const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
function read(name: string): string {
  return readFileSync(path.join(DEPLOY, name), 'utf8');
}

describe('the alert rules', () => {
  let tool: Found;
  before(async () => {
    tool = await promtool();
  });
  const check = async (...args: readonly string[]) => {
    const { stdout } = await run(tool.file, args, { env: { ...process.env, ...tool.env } });
    return stdout;
  };

  test('are rules to promtool, and do on its test data what they say', async () => {
    assert.match(
      await check('check', 'rules', path.join(DEPLOY, 'prometheus/rules.yaml')),
      /SUCCESS/,
    );
    assert.match(
      await check('test', 'rules', path.join(DEPLOY, 'prometheus/rules.test.yaml')),
      /SUCCESS/,
    );
  });

  test('are tested one and all', () => {
    const { groups } = parse(read('prometheus/rules.yaml'));
    const alerts = groups.flatMap(({ rules }: { rules: { alert?: string }[] }) =>
      rules.flatMap(({ alert }) => alert ?? []),
    );
    assert.ok(alerts.length >= 10);
    const tests = read('prometheus/rules.test.yaml');
    for (const alert of alerts) {
      assert.match(
        tests,
        new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`),
        `${alert} never fires`,
      );
    }
  });

  test('say the same as an object of the Prometheus Operator', () => {
    const { spec } = parse(read('prometheus/prometheusrule.yaml'));
    assert.deepEqual(spec, parse(read('prometheus/rules.yaml')));
  });

  test('and the dashboard ask only for what a worker shows, or a rule records', () => {
    const known = [...exposedNames(), ...recordedNames()];
    const asked = [...new Set(expressions().flatMap(metricNames))];
    assert.ok(asked.length > 15, asked.join());
    const unknown = asked.filter((name) => !known.includes(name));
    assert.deepEqual(unknown, []);
  });

  test('and the dashboard leave out nothing that Purser shows', () => {
    const asked = new Set(expressions().flatMap(metricNames));
    const families = exposedNames().filter((name) => !/^temporal_|_(sum|count)$/.test(name));
    assert.deepEqual(
      families.filter((name) => !asked.has(name)),
      [],
    );
  });

  test('and the queries of the dashboard can be parsed', async (t) => {
    const { panels } = JSON.parse(read('grafana/purser.json'));
    const queries = expressions(panels).map((each) =>
      each.replaceAll('$__rate_interval', '5m').replaceAll('$target', '.*'),
    );
    assert.ok(queries.length > 12);
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
    const file = path.join(folder(t), 'queries.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    assert.match(await check('check', 'rules', file), new RegExp(`${queries.length} rules found`));
  });

  test('come with a configuration that promtool takes', async () => {
    const file = path.join(DEPLOY, 'prometheus/scrape.yaml');
    assert.match(await check('check', 'config', file), /SUCCESS/);
  });
});
