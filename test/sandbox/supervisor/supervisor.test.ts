import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startSupervisor } from '../../../sandbox/supervisor/supervisor.ts';
import { lockHolder, tryLock } from '../../../sandbox/folder/lock.ts';
import { identify } from '../../../src/process-identity.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';

const family = z.object({
  supervisor: z.int(),
  programs: z.array(z.object({ name: z.string(), pid: z.int() })),
  dataDir: z.string(),
  lock: z.string(),
});
type Family = z.infer<typeof family> & { readonly parent: ChildProcess; readonly lines: string[] };

function alive(pid: number): boolean {
  return identify(pid) !== undefined;
}
function pids({ supervisor, programs }: Family): number[] {
  return [supervisor, ...programs.map(({ pid }) => pid)];
}
function waitUntilGone(one: Family) {
  return (): boolean => !pids(one).some(alive);
}

async function startFamily(
  t: TestContext,
  options: { dataDir?: string; stubborn?: boolean } = {},
): Promise<Family & { readonly order: string }> {
  const folder = temporaryFolder(t);
  const order = path.join(folder, 'order');
  const main = fileURLToPath(new URL('./parent.ts', import.meta.url));
  const args = [main, options.dataDir ?? '', order, options.stubborn === true ? 'stubborn' : ''];
  const parent = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, XDG_STATE_HOME: folder },
  });
  t.after(() => parent.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: parent.stdout });
  reader.on('line', (line) => lines.push(line));
  await eventually('the family to start', () => lines.length > 0);
  return { ...family.parse(JSON.parse(lines[0] ?? '')), parent, lines, order };
}

describe('the supervisor', () => {
  test('ends all programs, the newest first, when its parent is killed with -9', async (t) => {
    const one = await startFamily(t);
    assert.ok(pids(one).every(alive));
    one.parent.kill('SIGKILL');
    await eventually('all processes to be gone', waitUntilGone(one));
    assert.equal(readFileSync(one.order, 'utf8'), 'second\nfirst\n');
    assert.equal(existsSync(one.dataDir), false, 'an ephemeral folder is removed');
  });

  test('kills a program that does not listen, and frees a kept folder', async (t) => {
    const dataDir = temporaryFolder(t);
    const one = await startFamily(t, { dataDir, stubborn: true });
    one.parent.kill('SIGKILL');
    await eventually('all processes to be gone', waitUntilGone(one));
    assert.ok(existsSync(path.join(dataDir, 'logs')), 'a kept folder stays');
    const attempt = tryLock(one.lock);
    assert.ok(attempt.taken);
    attempt.lock.release();
  });

  test('keeps the folder locked until the last program has ended', async (t) => {
    const dataDir = temporaryFolder(t);
    const one = await startFamily(t, { dataDir, stubborn: true });
    one.parent.kill('SIGKILL');
    await once(one.parent, 'exit');
    const stubborn = one.programs.find(({ name }) => name === 'stubborn');
    assert.ok(stubborn !== undefined && alive(stubborn.pid));
    assert.equal(lockHolder(one.lock)?.pid, one.supervisor);
    await eventually('the lock to be free', () => lockHolder(one.lock) === undefined);
    assert.equal(alive(stubborn.pid), false);
  });

  test('does the same on SIGTERM to itself, and on a shutdown request', async (t) => {
    const one = await startFamily(t);
    process.kill(one.supervisor, 'SIGTERM');
    await eventually('all processes to be gone', waitUntilGone(one));
    const other = await startFamily(t);
    other.parent.kill('SIGUSR2');
    await eventually('the parent to be told', () => other.lines.includes('"shut down"'));
    assert.ok(waitUntilGone(other)());
  });

  test('that is killed itself is reported, and its programs end', async (t) => {
    const one = await startFamily(t);
    process.kill(one.supervisor, 'SIGKILL');
    await eventually('all processes to be gone', waitUntilGone(one));
    await eventually('the exit to be told', () => one.lines.length > 1);
    const told: unknown = JSON.parse(one.lines[1] ?? '');
    assert.partialDeepStrictEqual(told, { exit: { name: 'supervisor', signal: 'SIGKILL' } });
  });

  test('that was killed together with its parent leaves programs, which the next start ends', async (t) => {
    const dataDir = temporaryFolder(t);
    const one = await startFamily(t, { dataDir });
    process.kill(one.supervisor, 'SIGSTOP');
    one.parent.kill('SIGKILL');
    process.kill(one.supervisor, 'SIGKILL');
    await eventually('the supervisor to be gone', () => !alive(one.supervisor));
    assert.ok(one.programs.every(({ pid }) => alive(pid)));
    const next = await startFamily(t, { dataDir });
    assert.ok(waitUntilGone(one)());
    assert.ok(pids(next).every(alive));
    next.parent.kill('SIGKILL');
    await eventually('all processes to be gone', waitUntilGone(next));
  });

  test('refuses a second sandbox in the same folder, naming the process', async (t) => {
    const dataDir = temporaryFolder(t);
    const one = await startFamily(t, { dataDir });
    const { openDataFolder } = await import('../../../sandbox/folder/data-folder.ts');
    await assert.rejects(
      openDataFolder(dataDir),
      new RegExp(
        `process ${one.parent.pid} already runs one there\\. Stop that sandbox, or choose another`,
      ),
    );
    one.parent.kill('SIGKILL');
    await eventually('all processes to be gone', waitUntilGone(one));
  });
});

describe('a program under the supervisor', () => {
  test('that ends by itself is named with its exit code and the last lines of its log', async (t) => {
    const { supervisor, logOf } = await ownSupervisor(t);
    const died = new Promise((resolve) => supervisor.onExit(resolve));
    const script = 'for i in $(seq 30); do echo line $i; done; echo oops >&2; exit 3';
    await supervisor.start(
      { name: 'weak', command: '/bin/sh', args: ['-c', script] },
      logOf('weak'),
    );
    assert.deepEqual(await died, {
      name: 'weak',
      code: 3,
      signal: null,
      logFile: logOf('weak'),
      lastLines: [...Array.from({ length: 19 }, (_, index) => `line ${index + 12}`), 'oops'],
    });
    assert.deepEqual(supervisor.programs(), []);
  });

  test("that panics is named with the reason, and not with its goroutines' traces", async (t) => {
    const { supervisor, logOf } = await ownSupervisor(t);
    const died = new Promise((resolve) => supervisor.onExit(resolve));
    const said = 'fatal error: all goroutines are asleep - deadlock!';
    // Longer than the lines that are shown: an API server has thousands of goroutines.
    const trace =
      "printf 'goroutine %s [chan receive]:\\nmain.f(0x1)\\n\\t/main.go:7 +0x1d\\n\\n' $i";
    const script = `echo starting; echo '${said}'; echo; for i in $(seq 3000); do ${trace}; done; exit 2`;
    await supervisor.start(
      { name: 'weak', command: '/bin/sh', args: ['-c', script] },
      logOf('weak'),
    );
    assert.partialDeepStrictEqual(await died, { code: 2, lastLines: ['starting', said, ''] });
  });

  test('that is stopped is no exit', async (t) => {
    const { supervisor, logOf } = await ownSupervisor(t);
    const exits: unknown[] = [];
    supervisor.onExit((exit) => exits.push(exit));
    const sleeper = { name: 'sleeper', command: 'sleep', args: ['60'] };
    const { pid } = await supervisor.start(sleeper, logOf('sleeper'));
    await supervisor.stop('sleeper');
    assert.equal(alive(pid), false);
    assert.deepEqual(exits, []);
  });

  test('is restarted with the same arguments and environment, whether it runs or not', async (t) => {
    const { supervisor, logOf } = await ownSupervisor(t);
    const args = ['-c', 'echo $WORD $1; while :; do sleep 0.05; done', 'sh', 'argument'];
    const spec = { name: 'talker', command: '/bin/sh', args, env: { WORD: 'word' } };
    const said = (count: number) => (): boolean =>
      readFileSync(logOf('talker'), 'utf8') === 'word argument\n'.repeat(count);
    const first = await supervisor.start(spec, logOf('talker'));
    await eventually('the first words', said(1));
    const second = await supervisor.restart('talker');
    assert.notEqual(second.pid, first.pid);
    await eventually('the second words', said(2));
    const died = new Promise((resolve) => supervisor.onExit(resolve));
    process.kill(second.pid, 'SIGKILL');
    await died;
    await supervisor.restart('talker');
    await eventually('the third words', said(3));
  });

  test('that cannot be started rejects with the reason', async (t) => {
    const { supervisor, logOf } = await ownSupervisor(t);
    const missing = { name: 'missing', command: '/nowhere/program', args: [] };
    await assert.rejects(supervisor.start(missing, logOf('missing')), /ENOENT/);
    await assert.rejects(
      supervisor.restart('unknown'),
      /Tried to restart unknown, which was never started/,
    );
  });
});

async function ownSupervisor(t: TestContext) {
  const folder = temporaryFolder(t);
  const logOf = (name: string): string => path.join(folder, `${name}.log`);
  const attempt = tryLock(path.join(folder, 'lock'));
  assert.ok(attempt.taken);
  const supervisor = await startSupervisor(
    {
      dataDir: folder,
      ephemeral: false,
      lockFile: attempt.lock.file,
      lockNonce: attempt.lock.nonce,
      announcements: [],
      processesFile: path.join(folder, 'processes.json'),
    },
    logOf('supervisor'),
  );
  t.after(() => supervisor.shutdown());
  return { supervisor, logOf };
}
