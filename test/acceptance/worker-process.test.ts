import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { connectClient } from '../../src/temporal/client.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { createUser, fresh } from './support/fixtures.ts';
import { goApart } from './support/namespace.ts';
import type { Apart } from './support/namespace.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What an operator has of a worker: its process, and the lines that it writes. */
describe('a worker as a process', () => {
  let env: Environment;
  let apart: Apart;
  let child: ChildProcess;
  const lines: Record<string, unknown>[] = [];

  before(async () => {
    env = await openEnvironment();
    const { sandbox } = env.config.targets;
    apart = await goApart(env, { targets: { sandbox } });
    const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-process-'));
    const config = path.join(folder, 'purser.yaml');
    writeFileSync(config, stringify(apart.config));
    const args = ['--disable-warning=ExperimentalWarning', MAIN, 'worker', '--config', config];
    child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    assert.ok(child.stderr);
    createInterface(child.stderr).on('line', (line) => void lines.push(JSON.parse(line)));
    await eventually(
      'that it works',
      async () => lines.some(({ msg }) => msg === 'working'),
      60_000,
    );
  });
  after(async () => {
    child.kill('SIGKILL');
    await env.close();
  });

  test('writes with type and message what the SDK tells of a failed activity and workflow', async () => {
    const nowhere = fresh('nowhere');
    const started = await startOnboard(apart.client, {
      target: 'sandbox',
      subject: await createUser(env),
      accesses: [`pull:${nowhere}`],
      prove: 'if-possible',
    });
    await assert.rejects(started.result());
    const lineOf = (message: string) => lines.find(({ msg }) => msg === message);
    for (const message of ['Activity failed', 'Workflow failed']) {
      await eventually(`the line ${message}`, async () => lineOf(message) !== undefined);
      const text = JSON.stringify(lineOf(message)?.['error']);
      assert.match(text, new RegExp(`"type":"NamespaceNotFound","message":"[^"]*${nowhere}`), text);
    }
    assert.ok(lines.every((line) => !JSON.stringify(line).includes('"error":{}')));
  });

  test('ends at once by a second signal, whatever it is in the middle of', async () => {
    const { name } = await createUser(env);
    await env.fault({ hang: true });
    const started = await startOnboard(apart.client, {
      target: 'sandbox',
      subject: { kind: 'User', name },
      accesses: ['pull:team-a'],
      prove: 'if-possible',
    });
    await eventually('the proof', async () => {
      const { raw } = await started.describe();
      return (raw.pendingActivities ?? []).some(
        (each) => each.activityType?.name === 'proveAccess',
      );
    });
    const ended = once(child, 'close');
    const began = performance.now();
    // It would wait 20 s for the proof. What comes within a second is one and the same signal.
    const again = setInterval(() => child.kill('SIGTERM'), 200);
    try {
      assert.deepEqual(await ended, [143, null]);
    } finally {
      clearInterval(again);
      await started.terminate('by a story');
    }
    const took = performance.now() - began;
    assert.ok(took > 1_000 && took < 15_000, `${took} ms`);
    assert.ok(lines.some(({ msg }) => msg === 'stopping'));
  });

  test('a namespace that Temporal does not have is said to whoever uses it', async () => {
    const temporal = { ...apart.config.temporal, namespace: 'nowhere' };
    await assert.rejects(connectClient(temporal), {
      type: 'NotConfigured',
      message: /has no namespace "nowhere" .*temporal\.namespace/,
    });
  });
});
