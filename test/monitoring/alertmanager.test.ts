import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { stringify } from 'yaml';
import type { Alert } from '../../src/alerts/model/alert.ts';
import type { Notifier } from '../../src/alerts/notifier.ts';
import { file, message, notifier, patience } from '../alerts/entries.ts';
import { startReceiver } from '../alerts/receiver.ts';
import type { Receiver } from '../alerts/receiver.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { alertmanager, folder, start } from './programs.ts';
import type { Running } from './programs.ts';

// A real Alertmanager, which tells a receiver of the test what it would tell people.
describe('Alertmanager', () => {
  const closing: (() => Promise<void> | void)[] = [];
  const later = { after: (close: () => Promise<void> | void) => void closing.unshift(close) };
  let origin: string;
  let receiver: Receiver;
  let manager: Running;
  let startAgain: () => Promise<Running>;
  let target = 0;
  let purser: Notifier;

  before(async () => {
    const program = await alertmanager(later);
    receiver = await startReceiver(later);
    const own = folder(later);
    const config = path.join(own, 'alertmanager.yml');
    writeFileSync(config, stringify(configuration(receiver.origin, file(later, receiver.ca))));
    origin = `http://127.0.0.1:${await freePort()}`;
    startAgain = async () => {
      const running = start(later, program, [
        `--config.file=${config}`,
        `--storage.path=${own}`,
        `--web.listen-address=${origin.slice('http://'.length)}`,
        '--cluster.listen-address=',
      ]);
      await eventually(`Alertmanager is ready: ${running.said()}`, () => isReady(origin));
      return running;
    };
    manager = await startAgain();
    purser = notifier({ type: 'alertmanager', url: `${origin}/`, labels: { team: 'registry' } });
  });
  after(async () => {
    for (const close of closing) await close();
  });
  beforeEach(() => void target++);

  const name = () => `prod-${target}`;
  const tell = async (given: Partial<Alert> = {}) =>
    purser.deliver(message({ ...times(), target: name(), ...given }), patience());
  /** The severities of what is open about the test's own target. */
  const open = async (): Promise<readonly string[]> => {
    const query = new URLSearchParams({ filter: `target="${name()}"` });
    const alerts: unknown = await (
      await fetch(`${origin}/api/v2/alerts?${query.toString()}`)
    ).json();
    assert.ok(Array.isArray(alerts));
    return alerts.map(({ labels }) => String(labels.severity)).sort((a, b) => a.localeCompare(b));
  };
  /** What people were told about it, in order. */
  const told = () =>
    receiver.received
      .flatMap(({ body }) => JSON.parse(body).alerts)
      .filter(({ labels }) => labels.target === name())
      .map(({ status, labels }) => `${status} ${labels.severity}`);

  test('opens an alert, tells of it once, and closes it on recovery', async () => {
    assert.match(await tell(), /^200/);
    await eventually('it is told', () => told().length > 0);
    assert.deepEqual(await open(), ['critical']);
    await tell({ state: 'reminder' });
    await tell({ state: 'resolved' });
    await eventually('the recovery is told', () => told().includes('resolved critical'));
    assert.deepEqual(await open(), []);
    // Closing what was never opened (the milder severity) tells nobody anything.
    assert.deepEqual(told(), ['firing critical', 'resolved critical']);
  });

  test('shows what the alert says, and where it comes from', async () => {
    const one = message({ ...times(), target: name() });
    await purser.deliver({ ...one, link: 'https://temporal.example.com/run' }, patience());
    await eventually('it is told', () => told().length > 0);
    const [alert] = receiver.received
      .flatMap(({ body }) => JSON.parse(body).alerts)
      .filter(({ labels }) => labels.target === name());
    assert.deepEqual(alert.labels, {
      alertname: 'PurserRegistryCheck',
      target: name(),
      check: 'write-path',
      severity: 'critical',
      team: 'registry',
    });
    assert.equal(alert.annotations.summary, `${name()}: write-path fails (storage)`);
    assert.match(alert.annotations.description, /PATCH blob: 500 UNKNOWN\n/);
    assert.equal(alert.annotations.command, `purser health status --target ${name()}`);
    assert.equal(alert.generatorURL, 'https://temporal.example.com/run');
    assert.equal(Date.parse(alert.startsAt), Date.parse(one.alert.since));
  });

  test('has one alert open when the severity has changed, up and down', async () => {
    await tell({ severity: 'warning', worst: 'warning' });
    await eventually('it is open', async () => (await open()).length > 0);
    assert.deepEqual(await open(), ['warning']);
    await tell({ severity: 'critical', worst: 'critical' });
    assert.deepEqual(await open(), ['critical']);
    await tell({ severity: 'warning', worst: 'critical' });
    assert.deepEqual(await open(), ['warning']);
    await tell({ state: 'resolved', severity: 'warning', worst: 'critical' });
    assert.deepEqual(await open(), []);
  });

  test('knows again what is firing after a restart, once it is refreshed', async () => {
    await tell();
    assert.deepEqual(await open(), ['critical']);
    await manager.stop();
    manager = await startAgain();
    assert.deepEqual(await open(), [], 'it keeps no alerts itself');
    const firing = message({ ...times(), target: name(), state: 'reminder' });
    await purser.refresh?.([firing], patience());
    assert.deepEqual(await open(), ['critical']);
  });

  test('lets an alert end that nobody speaks of any more', async () => {
    const brief = notifier({ type: 'alertmanager', url: origin, keepForHours: 1 / 3600 });
    await brief.deliver(message({ ...times(), target: name() }), patience());
    await eventually('it has ended', () => told().includes('resolved critical'), 30_000);
    assert.deepEqual(await open(), []);
  });

  test('gets a test as an alert of its own, which ends by itself', async () => {
    const one = { ...message({ ...times(), target: name() }), isTest: true };
    await purser.deliver(one, patience());
    const query = new URLSearchParams({ filter: `target="${name()}"` });
    const alerts: unknown = await (
      await fetch(`${origin}/api/v2/alerts?${query.toString()}`)
    ).json();
    assert.ok(Array.isArray(alerts) && alerts.length === 1);
    const [{ labels, endsAt }] = alerts;
    assert.equal(labels.alertname, 'PurserTest');
    assert.ok(Date.parse(endsAt) < Date.now() + 5 * 60_000);
  });
});

/** A failure that began two minutes ago: Alertmanager drops what is long over. */
function times(): Pick<Alert, 'at' | 'since'> {
  return {
    at: new Date().toISOString(),
    since: new Date(Date.now() - 120_000).toISOString(),
  };
}

function configuration(url: string, ca: string): object {
  const webhook = { url, send_resolved: true, http_config: { tls_config: { ca_file: ca } } };
  return {
    route: {
      receiver: 'people',
      group_by: ['target'],
      group_wait: '10ms',
      group_interval: '50ms',
      repeat_interval: '1h',
    },
    receivers: [{ name: 'people', webhook_configs: [webhook] }],
  };
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/-/ready`)).ok;
  } catch {
    return false;
  }
}
