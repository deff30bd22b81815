import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Lock } from '../../sandbox/folder/lock.ts';
import { lockHolder, tryLock } from '../../sandbox/folder/lock.ts';
import { identify, isAlive } from '../../src/process-identity.ts';
import { temporaryFolder } from './support/folders.ts';

describe('a lock', () => {
  test('is held by one process at a time, which the refusal names', (t) => {
    const file = path.join(temporaryFolder(t), 'lock');
    taken(file);
    const second = tryLock(file);
    assert.equal(second.taken, false);
    assert.equal(!second.taken && second.holder.pid, process.pid);
  });

  test('can be taken again once it is released, and leaves no file', (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, 'lock');
    taken(file).release();
    assert.deepEqual(readdirSync(folder), []);
    taken(file).release();
  });

  test('of a dead process is taken over', async (t) => {
    const file = path.join(temporaryFolder(t), 'lock');
    await lockAndDie(file);
    assert.ok(existsSync(file));
    taken(file);
    assert.equal(lockHolder(file)?.pid, process.pid);
  });

  test('of a dead process is taken over by one of two that try at once', async (t) => {
    const folder = temporaryFolder(t);
    for (let round = 0; round < 3; round += 1) {
      const file = path.join(folder, `lock-${round}`);
      await lockAndDie(file);
      const outcomes = await Promise.all([lockInChild(file), lockInChild(file), lockInChild(file)]);
      assert.equal(outcomes.filter((outcome) => outcome.said === 'taken').length, 1);
      for (const { child } of outcomes) child.kill('SIGKILL');
    }
  });

  test('that is shared lives as long as any of its holders', async (t) => {
    const file = path.join(temporaryFolder(t), 'lock');
    const lock = taken(file);
    const sleeper = spawn('sleep', ['60']);
    await once(sleeper, 'spawn');
    const ref = identify(sleeper.pid);
    assert.ok(ref);
    lock.share(ref);
    assert.equal(tryLock(file).taken, false);
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    lock.release();
    assert.equal(existsSync(file), false);
  });

  test('released late does not remove the lock of a later holder', async (t) => {
    const file = path.join(temporaryFolder(t), 'lock');
    const first = taken(file);
    first.release();
    taken(file);
    first.release();
    assert.equal(lockHolder(file)?.pid, process.pid);
  });
});

describe('a process', () => {
  test('is distinguished from another one with its pid', () => {
    const own = identify();
    assert.ok(own);
    assert.equal(isAlive(own), true);
    assert.equal(isAlive({ ...own, identity: `${own.identity}0` }), false);
  });

  test('that has ended is not alive, even before its exit code was read', async () => {
    const child = spawn('true');
    const ref = identify(child.pid);
    await once(child, 'exit');
    assert.ok(ref === undefined || !isAlive(ref));
  });
});

function taken(file: string): Lock {
  const attempt = tryLock(file);
  assert.ok(attempt.taken, 'the lock could not be taken');
  return attempt.lock;
}

async function lockAndDie(file: string): Promise<void> {
  const { child } = await lockInChild(file);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function lockInChild(file: string): Promise<{ child: ChildProcess; said: string }> {
  const lock = new URL('../../sandbox/folder/lock.ts', import.meta.url).href;
  const code =
    `const { tryLock } = await import(${JSON.stringify(lock)});` +
    `console.log(tryLock(${JSON.stringify(file)}).taken ? 'taken' : 'refused');` +
    'setInterval(() => undefined, 1000);';
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, said: String(said).trim() };
}
