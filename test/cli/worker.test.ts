import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const PURSER = fileURLToPath(new URL('../../bin/purser', import.meta.url));
const NODE = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN] as const;
// A process of its own namespace is PID 1 there, as in a container; --user where this is not root.
const AS_PID_1 = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  ...NODE,
] as const;
const PROMPTLY_MS = 10_000;

describe('a worker that waits for Temporal', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-worker-'));
  const running = new Set<ChildProcess>();
  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves when the worker has said that it waits. */
  const start = async (command: readonly string[], args: readonly string[]) => {
    const config = writeConfig(folder, `127.0.0.1:${await freePort()}`);
    const [program = '', ...before] = command;
    const child = spawn(program, [...before, ...args, '--config', config], {
      env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.add(child);
    const lines: string[] = [];
    const ended = once(child, 'close').finally(() => running.delete(child));
    for await (const line of createInterface(child.stderr)) {
      lines.push(line);
      if (line.includes('does not answer yet')) break;
    }
    assert.match(lines.join('\n'), /does not answer yet/);
    child.stderr.resume();
    return { child, ended, lines };
  };
  const worker = ['worker', '--only', 'workflows'];

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`ends with 0, soon after ${signal}, as PID 1 of a container`, async () => {
      const { child, ended } = await start(AS_PID_1, worker);
      const began = performance.now();
      process.kill(childOf(child), signal);
      assert.deepEqual(await ended, [0, null]);
      assert.ok(performance.now() - began < PROMPTLY_MS);
    });
  }

  test('ends with 0 after a SIGTERM to its starter', async () => {
    const { child, ended } = await start([PURSER], worker);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('ends with 0 after SIGTERM to starter and worker at once, as systemd sends it', async () => {
    const { child, ended } = await start([PURSER], worker);
    process.kill(childOf(child), 'SIGTERM');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('says in each line what is wrong, by type and message', async () => {
    const { child, ended, lines } = await start(NODE, worker);
    child.kill('SIGTERM');
    await ended;
    const line: unknown = JSON.parse(lines.at(-1) ?? '');
    assert.ok(typeof line === 'object' && line !== null && 'error' in line);
    assert.match(JSON.stringify(line.error), /"type":"Unreachable","message":"Temporal does not/);
  });
});

test('any other command ends by SIGTERM as PID 1, too', { timeout: 30_000 }, async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-pid1-'));
  // Nobody is there, for which a command waits 5 s.
  const config = writeConfig(folder, `127.0.0.1:${await freePort()}`);
  const [program, ...args] = AS_PID_1;
  const child = spawn(program, [...args, 'setup'], {
    env: { PATH: process.env['PATH'], HOME: folder, PURSER_CONFIG: config },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  try {
    // It says which configuration it takes before it connects.
    await once(child.stderr, 'data');
    process.kill(childOf(child), 'SIGTERM');
    assert.deepEqual(await ended, [143, null]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

function writeConfig(folder: string, address: string): string {
  const kubeconfig = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: 'https://localhost:1' } }],
    users: [{ name: 'a', user: { token: 'nobody' } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  };
  writeFileSync(path.join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  const file = path.join(folder, 'purser.yaml');
  const targets = { here: { kubeconfig: 'kubeconfig' } };
  writeFileSync(file, JSON.stringify({ temporal: { address }, targets }));
  return file;
}

function childOf({ pid }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  assert.equal(children.length, 1, `${pid} has the children ${children.join(', ')}`);
  return Number(children[0]);
}
