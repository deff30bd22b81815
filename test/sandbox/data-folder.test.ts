import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { closeDataFolder, openDataFolder } from '../../sandbox/folder/data-folder.ts';
import { sandboxesDir } from '../../sandbox/folder/paths.ts';
import { identify } from '../../src/process-identity.ts';
import { temporaryFolder } from './support/folders.ts';
import { privateState } from './support/private-state.ts';

const state = privateState();
after(() => state.remove());

test('without a data folder a fresh one is made, for this user only, and removed', async () => {
  const one = await openDataFolder(undefined);
  assert.equal(path.dirname(one.paths.dataDir), sandboxesDir());
  assert.equal(statSync(one.paths.dataDir).mode & 0o077, 0);
  const other = await openDataFolder(undefined);
  assert.notEqual(one.id, other.id);
  closeDataFolder(one);
  closeDataFolder(other);
  assert.deepEqual(readdirSync(sandboxesDir()), []);
});

test("a data folder that is given keeps its sandbox's id, and stays", async (t) => {
  const dataDir = temporaryFolder(t);
  const first = await openDataFolder(dataDir);
  closeDataFolder(first);
  const second = await openDataFolder(dataDir);
  closeDataFolder(second);
  assert.equal(second.id, first.id);
  assert.ok(existsSync(dataDir));
});

test('a sandbox whose processes were all killed is cleaned up by the next start', async (t) => {
  const dead = path.join(sandboxesDir(), 'dead');
  mkdirSync(dead, { recursive: true });
  const left = spawn('sleep', ['60']);
  t.after(() => left.kill('SIGKILL'));
  const ended = once(left, 'exit');
  const process = identify(left.pid);
  writeFileSync(path.join(dead, 'processes.json'), JSON.stringify([{ name: 'etcd', process }]));

  closeDataFolder(await openDataFolder(undefined));
  assert.ok(existsSync(dead), 'one that has just been made is left alone');

  utimesSync(dead, 0, 0);
  closeDataFolder(await openDataFolder(undefined));
  assert.equal(existsSync(dead), false);
  const [, signal] = await ended;
  assert.equal(signal, 'SIGTERM');
});
