import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { WorkflowFailedError } from '@temporalio/client';
import { parseMetrics } from '../../src/registry/metrics-text.ts';
import { startOnboard, startRevoke, startSweep } from '../../src/temporal/starts.ts';
import { manualHealthId, notifyId, WORKFLOWS_QUEUE } from '../../workflows/contract.ts';
import type * as workflows from '../../workflows/index.ts';
import { exposedNames } from '../monitoring/expressions.ts';
import { folder, prometheus, promtool, start } from '../monitoring/programs.ts';
import { alert, file } from '../alerts/entries.ts';
import { cut, startReceiver } from '../alerts/receiver.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { fresh } from './support/fixtures.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

// https://prometheus.io/docs/prometheus/latest/querying/api/
const answered = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});
const ruled = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.looseObject({ health: z.string() })) })),
  }),
});

const RULES = fileURLToPath(new URL('../../deploy/prometheus/rules.yaml', import.meta.url));

// A worker of the story's own does one of each thing that is metered; then a real Prometheus scrapes it.
describe('the metrics of a worker', () => {
  let environment: Environment;
  let address: string;
  let server: string;
  const closing: (() => Promise<void> | void)[] = [];
  const later = { after: (close: () => Promise<void> | void) => void closing.unshift(close) };

  before(async () => {
    environment = await openEnvironment();
    address = `127.0.0.1:${await freePort()}`;
    const apart = await goApart(environment, { worker: { metrics: { address } } });
    // The endpoint forgets everything when a process has no worker left: from here on there is one.
    closing.unshift(await loseAMessage(apart, later));
    await tell(apart);
    closing.unshift(await apart.work(['steps', 'proof']));
    await onboardAndRevoke(apart);
    await failAndSweep(apart);
    await look(apart);
    server = await startPrometheus(later, address);
  });
  after(async () => {
    for (const close of closing) await close();
    await environment.close();
  });

  const ask = async (query: string) => {
    const answer = await fetch(`${server}/api/v1/query?query=${encodeURIComponent(query)}`);
    return answered.parse(await answer.json()).data.result;
  };

  test('are those of docs/metrics.md, each of them, to a real Prometheus', async () => {
    const names = exposedNames();
    assert.ok(names.length > 20);
    for (const name of names) {
      await eventually(`${name} is scraped`, async () => (await ask(name)).length > 0);
    }
  });

  test('are the only ones of Purser', async () => {
    const { types } = parseMetrics(await scrape(address));
    const families = [...types.keys()].filter((name) => name.startsWith('purser_'));
    const documented = new Set(exposedNames().map((name) => name.replace(/_bucket$/, '')));
    assert.deepEqual(
      families.filter((name) => !documented.has(name)),
      [],
    );
  });

  test('are named and written as Prometheus has it, says promtool', async () => {
    const { file: program, env } = await promtool();
    const child = spawn(program, ['check', 'metrics'], { env: { ...process.env, ...env } });
    child.stdin.end(await scrape(address));
    const [said, complaints] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const ours = `${said}\n${complaints}`.split('\n').filter((line) => line.includes('purser_'));
    assert.deepEqual(ours, []);
    assert.doesNotMatch(complaints, /error while linting/);
  });

  test('count an onboarding by its outcome, with its duration', async () => {
    const [proven] = await ask('sum(purser_onboardings_total{target="sandbox",outcome="proven"})');
    assert.equal(proven?.value[1], '1');
    const [took] = await ask('sum(purser_onboarding_duration_seconds_sum{target="sandbox"})');
    assert.ok(Number(took?.value[1]) > 0);
  });

  test('count a revocation by whether there was anything to revoke', async () => {
    const outcome = 'nothing-to-revoke';
    const [nothing] = await ask(`purser_revocations_total{target="sandbox",outcome="${outcome}"}`);
    assert.equal(nothing?.value[1], '1');
  });

  test('count how an undo ended, and what a sweep left', async () => {
    const [undo] = await ask('purser_undos_total{target="sandbox",result="nothing-made"}');
    assert.equal(undo?.value[1], '2', 'both onboardings that were refused');
    const kinds = await ask('purser_sweep_findings{target="sandbox",did="reported"}');
    const found = new Set(kinds.map(({ metric }) => metric['kind']));
    assert.deepEqual(found, new Set(['binding', 'canary', 'secret', 'token']));
  });

  test('count a refusal by its type', async () => {
    const refused = 'purser_failures_total{target="sandbox",workflow="onboard"}';
    const failed = await ask(`sum by (type) (${refused})`);
    assert.deepEqual(
      Object.fromEntries(failed.map(({ metric, value }) => [metric['type'], value[1]])),
      {
        Forbidden: '1',
        NamespaceNotFound: '1',
      },
    );
  });

  test('feed the rules, which are all well, and the newest verdict', async () => {
    const verdicts = async () => ask('purser:target_verdict:latest{target="sandbox"} == 1');
    await eventually('the rule has recorded', async () => (await verdicts()).length === 1);
    const [holds] = await verdicts();
    assert.match(holds?.metric['verdict'] ?? '', /^(healthy|degraded|unhealthy|unknown)$/);
    const answer: unknown = await (await fetch(`${server}/api/v1/rules`)).json();
    const rules = ruled.parse(answer).data.groups.flatMap((group) => group.rules);
    assert.ok(rules.length > 12);
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );
  });
});

async function onboardAndRevoke({ client }: Apart): Promise<void> {
  const subject = { kind: 'User' as const, name: 'alice' };
  const access = { target: 'sandbox', subject, accesses: ['metrics'] };
  await (await startOnboard(client, { ...access, prove: 'if-possible' })).result();
  await (await startRevoke(client, access)).result();
  const never = { ...access, accesses: [`pull:${fresh('never')}`], ignoreNotFound: true };
  await (await startRevoke(client, never)).result();
  const nowhere = { ...access, accesses: [`pull:${fresh('nowhere')}`] };
  const refused = await startOnboard(client, { ...nowhere, prove: 'if-possible' });
  await assert.rejects(refused.result(), WorkflowFailedError);
}

async function failAndSweep({ client }: Apart): Promise<void> {
  const subject = { kind: 'User' as const, name: 'alice' };
  const request = { target: 'sandbox', subject, accesses: ['pull:kube-system'] };
  const handle = await startOnboard(client, { ...request, prove: 'if-possible' });
  await assert.rejects(handle.result(), WorkflowFailedError);
  await (await startSweep(client, 'sandbox')).result();
}

async function look({ client }: Apart): Promise<void> {
  await client.workflow.execute<typeof workflows.checkHealth>('checkHealth', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: manualHealthId('sandbox'),
    args: [{ target: 'sandbox' }],
  });
}

/**
 * A message for a notifier that fails, and is then taken out of purser.yaml. Resolves to what stops the
 * worker, which has another one.
 */
async function loseAMessage(
  apart: Apart,
  t: Parameters<typeof startReceiver>[0],
): Promise<() => Promise<void>> {
  const [lost, kept] = [await startReceiver(t), await startReceiver(t)];
  lost.behave(cut);
  const secret = { file: file(t, 'a secret of twenty-four characters or more') };
  const entry = (name: string, { origin: url, ca }: typeof lost) => {
    return { name, type: 'webhook', url, ca: file(t, ca), secret };
  };
  const stop = await apart.work(['workflows'], { notify: [entry('lost', lost)] });
  const handle = await raise(apart, 'pods');
  await eventually('a first try', () => lost.received.length > 0);
  await stop();
  const stopAgain = await apart.work(['workflows'], { notify: [entry('kept', kept)] });
  await assert.rejects(handle.result(), (error) => {
    assert.ok(error instanceof WorkflowFailedError);
    assert.match(String(error.cause?.message), /there is no notifier "lost"/);
    return true;
  });
  return stopAgain;
}

async function tell(apart: Apart): Promise<void> {
  await (await raise(apart, 'endpoint')).result();
}

async function raise({ client }: Apart, check: 'pods' | 'endpoint') {
  return client.workflow.start<typeof workflows.notify>('notify', {
    taskQueue: WORKFLOWS_QUEUE,
    workflowId: notifyId('sandbox', check),
    args: [{ alerts: [alert({ target: 'sandbox', check })] }],
  });
}

async function startPrometheus(t: Parameters<typeof folder>[0], address: string): Promise<string> {
  const own = folder(t);
  const listen = `127.0.0.1:${await freePort()}`;
  const config = path.join(own, 'prometheus.yml');
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      rule_files: [RULES],
      scrape_configs: [{ job_name: 'purser', static_configs: [{ targets: [address] }] }],
    }),
  );
  const running = start(t, await prometheus(), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(own, 'data')}`,
    `--web.listen-address=${listen}`,
  ]);
  await eventually(`Prometheus is ready`, async () => {
    try {
      return (await fetch(`http://${listen}/-/ready`)).ok;
    } catch {
      assert.doesNotMatch(running.said(), /err="/);
      return false;
    }
  });
  return `http://${listen}`;
}

async function scrape(address: string): Promise<string> {
  return (await fetch(`http://${address}/metrics`)).text();
}
