import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import type { ProgressEvent } from '../../../sandbox/info.ts';
import { pinned } from '../../../sandbox/programs/pinned.ts';
import { resolveProgram, resolvePrograms } from '../../../sandbox/programs/resolve.ts';
import { script, temporaryFolder } from '../support/folders.ts';

interface ProgramFolders {
  readonly env: NodeJS.ProcessEnv;
  readonly bin: string;
  readonly cache: string;
  readonly events: ProgressEvent[];
  readonly resolve: (signal?: AbortSignal) => Promise<string>;
}

const pin = pinned('etcd');

/** The folders of a machine without programs: one on the PATH and a cache, both empty. */
function createFolders(t: TestContext): ProgramFolders {
  const folder = temporaryFolder(t);
  const bin = path.join(folder, 'bin');
  const cache = path.join(folder, 'cache', 'purser', 'programs');
  mkdirSync(bin);
  mkdirSync(cache, { recursive: true });
  const env = { PATH: bin, XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder };
  const events: ProgressEvent[] = [];
  const progress = (event: ProgressEvent): void => void events.push(event);
  const resolve = (signal = new AbortController().signal): Promise<string> =>
    resolveProgram('etcd', { progress, signal, env });
  return { env, bin, cache, events, resolve };
}

/** A go that "builds" by writing a file, and records its arguments. */
function fakeGo({ bin, cache }: ProgramFolders, build = 'echo program > "$6"'): string {
  const log = path.join(path.dirname(bin), 'go.log');
  script(
    path.join(bin, 'go'),
    'if [ "$1" = version ]; then echo "go version go1.26.8 linux/amd64"; exit; fi',
    `echo "$GOTOOLCHAIN $PWD $*" >> ${log}`,
    build,
  );
  assert.ok(cache);
  return log;
}

describe('a program is found', () => {
  test('by its environment variable first', async (t) => {
    const folders = createFolders(t);
    const named = script(path.join(folders.cache, 'mine'), 'exit 0');
    folders.env['PURSER_ETCD'] = named;
    script(path.join(folders.bin, 'etcd'), 'echo etcd Version: 3.6.8');
    assert.equal(await folders.resolve(), named);
  });

  test('on the PATH next, in the pinned version', async (t) => {
    const folders = createFolders(t);
    writeFileSync(path.join(folders.cache, pin.cacheName), '');
    const installed = script(
      path.join(folders.bin, 'etcd'),
      `echo etcd Version: ${pin.version.slice(1)}`,
    );
    assert.equal(await folders.resolve(), installed);
  });

  for (const [kind, ...lines] of [
    ['of another version', 'echo etcd Version: 3.5.0'],
    ['that fails', 'echo what is --version; exit 1'],
  ] as const) {
    test(`in the cache when the PATH has one ${kind}, and debug says so`, async (t) => {
      const folders = createFolders(t);
      const installed = script(path.join(folders.bin, 'etcd'), ...lines);
      const cached = path.join(folders.cache, pin.cacheName);
      writeFileSync(cached, '');
      assert.equal(await folders.resolve(), cached);
      const [event] = folders.events;
      assert.ok(event?.type === 'debug');
      assert.match(
        event.text,
        new RegExp(`${installed} is not used: expected version ${pin.version}`),
      );
    });
  }

  test('not under a variable that names no program, whatever else there is', async (t) => {
    const folders = createFolders(t);
    writeFileSync(path.join(folders.cache, pin.cacheName), '');
    folders.env['PURSER_ETCD'] = '/nowhere/etcd';
    await assert.rejects(
      folders.resolve(),
      /Expected PURSER_ETCD to be the path of an executable program, got "\/nowhere\/etcd"/,
    );
  });
});

describe('a program that is nowhere is built', () => {
  test('once, in its folder of tools/, by the local Go, and is then found in the cache', async (t) => {
    const folders = createFolders(t);
    const log = fakeGo(folders);
    const cached = path.join(folders.cache, pin.cacheName);
    assert.equal(await folders.resolve(), cached);
    assert.equal(await folders.resolve(), cached);
    const calls = readFileSync(log, 'utf8').trim().split('\n');
    assert.equal(calls.length, 1);
    assert.match(
      calls[0] ?? '',
      /^local \S+\/tools\/etcd build -trimpath -ldflags -s -w -o \S+ go.etcd.io\/etcd\/server\/v3$/,
    );
    assert.deepEqual(readdirSync(folders.cache), [pin.cacheName]);
  });

  test('by only one of two processes that need it at the same time', async (t) => {
    const folders = createFolders(t);
    const log = fakeGo(folders, '/bin/sleep 0.3; echo program > "$6"');
    const [one, other] = await Promise.all([folders.resolve(), folders.resolve()]);
    assert.equal(one, other);
    assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 1);
  });

  test('with its progress reported: what, which of how many, how long', async (t) => {
    const folders = createFolders(t);
    fakeGo(folders);
    await folders.resolve();
    assert.deepEqual(folders.events[0], {
      type: 'building',
      program: 'etcd',
      index: 1,
      of: 1,
      seconds: 0,
    });
  });

  test('one after the other, counting those that are missing only', async (t) => {
    const folders = createFolders(t);
    const log = fakeGo(folders);
    const cached = path.join(folders.cache, pin.cacheName);
    writeFileSync(cached, '');
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent): void => void events.push(event);
    const { signal } = new AbortController();
    const all = await resolvePrograms({ progress, signal, env: folders.env });
    assert.equal(all.etcd, cached);
    const builds = events.flatMap((event) =>
      event.type === 'building' ? [`${event.program} ${event.index}/${event.of}`] : [],
    );
    assert.deepEqual(builds, ['kube-apiserver 1/4', 'registry 2/4', 'kwok 3/4', 'temporal 4/4']);
    assert.match(readFileSync(log, 'utf8'), /gitVersion=v1\.36\.3 .*cmd\/kube-apiserver/);
  });

  for (const [what, lines, message] of [
    [
      'no Go',
      undefined,
      /Tried to build etcd, but there is no go on the PATH\. Install Go 1\.26 or newer .*PURSER_ETCD/,
    ],
    [
      'an old Go',
      ['echo "go version go1.24.1 linux/amd64"'],
      /needs Go 1\.26 or newer, but found go version go1\.24\.1/,
    ],
    [
      'a build that fails',
      [
        '[ "$1" = version ] && echo go version go1.26.0 && exit',
        'echo "x.go:1: syntax error" >&2; exit 1',
      ],
      /Tried to build etcd v3\.6\.8 by "go build .*" in .*\/tools\/etcd; go printed:\nx\.go:1: syntax error\nRun the same command/,
    ],
    [
      'no network',
      [
        '[ "$1" = version ] && echo go version go1.26.0 && exit',
        'echo "dial tcp: lookup modules.example.com: no such host" >&2; exit 1',
      ],
      /no such host\nGo could not download the modules: check the network and GOPROXY/,
    ],
  ] as const) {
    test(`and with ${what} the error says what to do, and no unfinished file stays`, async (t) => {
      const folders = createFolders(t);
      if (lines !== undefined) script(path.join(folders.bin, 'go'), ...lines);
      await assert.rejects(folders.resolve(), message);
      assert.deepEqual(readdirSync(folders.cache), []);
    });
  }

  test('and is aborted when the caller aborts', async (t) => {
    const folders = createFolders(t);
    fakeGo(folders, 'exec /bin/sleep 60');
    const controller = new AbortController();
    const building = folders.resolve(controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 200);
    await assert.rejects(building);
    assert.deepEqual(readdirSync(folders.cache), []);
  });
});
