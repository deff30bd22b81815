import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { eventually } from '../sandbox/support/eventually.ts';
import { goApart } from './support/namespace.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the Dockerfile copies. */
const SHIPPED = ['src', 'workflows', 'activities', 'package.json', 'package-lock.json'];

/** An installation has the product without its test equipment. */
describe('an installation without the folder sandbox', () => {
  const tree = mkdtempSync(path.join(os.tmpdir(), 'purser-shipped-'));
  const config = path.join(tree, 'purser.yaml');
  let environment: Environment;

  before(async () => {
    for (const each of SHIPPED) {
      cpSync(path.join(ROOT, each), path.join(tree, each), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
    environment = await openEnvironment();
    const { sandbox } = environment.config.targets;
    const apart = await goApart(environment, { targets: { sandbox } });
    writeFileSync(config, stringify(apart.config));
  });
  after(async () => {
    await environment.close();
    rmSync(tree, { recursive: true, force: true });
  });

  function start(...args: readonly string[]): ChildProcess {
    const main = path.join(tree, 'src', 'cli', 'main.ts');
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      cwd: tree,
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '100' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function run(...args: readonly string[]) {
    const child = start(...args);
    assert.ok(child.stdout !== null && child.stderr !== null);
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    child.once('close', resolve);
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { out, err, code };
  }

  /** The commands that a help lists. */
  const listed = (help: string): readonly string[] =>
    [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+)\b/gm)].map(
      ([, name = '']) => name,
    );

  test('has the help of every command, but for those of the sandbox', async () => {
    const { out, code } = await run('--help');
    assert.equal(code, 0, out);
    const commands = listed(out).filter((name) => name !== 'help');
    assert.ok(commands.includes('onboard') && commands.includes('worker'), out);
    assert.ok(!commands.includes('start') && !commands.includes('sandbox'), out);
    for (const command of commands) {
      const help = await run(command, '--help');
      assert.equal(help.code, 0, `${command}: ${help.err}`);
      assert.match(help.out, new RegExp(`^Usage: purser ${command}`), help.out);
    }
  });

  test('says that it has no sandbox when one is asked for', async () => {
    for (const args of [['start'], ['sandbox', 'up']]) {
      const { code, err } = await run(...args);
      assert.equal(code, 2, err);
      assert.match(err, /the sandbox is not part of this installation; a checkout/, err);
    }
  });

  test('works, and lists accesses', async () => {
    const worker = start('worker', '--config', config);
    try {
      assert.ok(worker.stderr);
      const lines: string[] = [];
      createInterface(worker.stderr).on('line', (line) => void lines.push(line));
      const isUp = async () => lines.some((line) => line.includes('"msg":"working"'));
      await eventually('that it works', isUp, 60_000);
      const { code, out, err } = await run('access', 'list', '--config', config, '-o', 'json');
      assert.equal(code, 0, err);
      assert.ok(Array.isArray(JSON.parse(out)), out);
    } finally {
      worker.kill('SIGKILL');
    }
  });
});
