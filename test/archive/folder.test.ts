import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ArchiveEntry } from '../../src/archive/archive.ts';
import { createFolderArchive } from '../../src/archive/folder.ts';
import { PurserError } from '../../src/domain/errors.ts';

function open(t: TestContext) {
  const top = mkdtempSync(path.join(tmpdir(), 'purser-archive-test-'));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const folder = path.join(top, 'archive');
  return { top, folder, archive: createFolderArchive(folder) };
}

test('a document is kept under its key, for its owner only', async (t) => {
  const { folder, archive } = open(t);
  const file = await archive.put('reports/onboard/prod/r1.json', '{"ü":1}\n');
  assert.equal(file, path.join(folder, 'reports/onboard/prod/r1.json'));
  assert.equal(readFileSync(file, 'utf8'), '{"ü":1}\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700);
});

test('the same key again replaces the document whole, and leaves nothing else', async (t) => {
  const { archive } = open(t);
  await archive.put('a/b.json', 'a long document');
  const file = await archive.put('a/b.json', 'short');
  assert.equal(readFileSync(file, 'utf8'), 'short');
  assert.deepEqual(readdirSync(path.dirname(file)), ['b.json']);
});

test('many writers of one key leave one whole document', async (t) => {
  const { archive } = open(t);
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(50_000));
  const [file = ''] = await Promise.all(texts.map((text) => archive.put('a/b.json', text)));
  assert.ok(texts.includes(readFileSync(file, 'utf8')));
  assert.deepEqual(readdirSync(path.dirname(file)), ['b.json']);
});

for (const key of ['../out.json', 'a/../../out.json', '..', '', '.', 'a/..']) {
  test(`the key ${JSON.stringify(key)} leads out of the archive, and writes nothing`, async (t) => {
    const { top, archive } = open(t);
    await assert.rejects(archive.put(key, 'x'), /leads out of the archive/);
    assert.deepEqual(readdirSync(top), []);
  });
}

test('a folder with a name that begins like the archive is not in it', async (t) => {
  const { top, archive } = open(t);
  await assert.rejects(archive.put('../archive-2/x.json', 'x'), RangeError);
  assert.ok(!existsSync(path.join(top, 'archive-2')));
});

test('a document that cannot be put in its place leaves no part of itself', async (t) => {
  const { folder, archive } = open(t);
  // A folder stands where the document should: the rename fails, also for root.
  mkdirSync(path.join(folder, 'a', 'b.json', 'c'), { recursive: true });
  chmodSync(folder, 0o700);
  await assert.rejects(archive.put('a/b.json', 'x'), /EISDIR|ENOTEMPTY|EEXIST/);
  assert.deepEqual(readdirSync(path.join(folder, 'a')), ['b.json']);
});

function never() {
  return new AbortController().signal;
}

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(content: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  assert.ok(content !== undefined);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function keysOf(entries: AsyncIterable<ArchiveEntry>): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of entries) keys.push(key);
  return keys;
}

test('a stream is kept whole, read back as a stream, and only its owner may read it', async (t) => {
  const { archive } = open(t);
  const long = 'x'.repeat(700_000);
  const file = await archive.write('logs/a.zst', pieces(long, 'end'), never());
  assert.equal(await textOf(await archive.read('logs/a.zst', never())), `${long}end`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(await archive.read('logs/b.zst', never()), undefined);
});

test('a stream that breaks off keeps nothing, leaves what was there, and is blamed itself', async (t) => {
  const { archive } = open(t);
  await archive.put('a/b', 'before');
  const broken = Object.assign(new Error('read ECONNRESET'), {
    code: 'ECONNRESET',
    syscall: 'read',
  });
  async function* breaking(): AsyncIterable<Uint8Array> {
    yield* pieces('half');
    throw broken;
  }
  await assert.rejects(archive.write('a/b', breaking(), never()), broken);
  assert.equal(await textOf(await archive.read('a/b', never())), 'before');
  assert.deepEqual(await keysOf(archive.list('', never())), ['a/b']);
  assert.equal(await archive.sweep('', Date.now() + 60_000, never()), 0);
});

test('a write that fails leaves no empty folder behind, and those that hold something', async (t) => {
  const { folder, archive } = open(t);
  async function* breaking(): AsyncIterable<Uint8Array> {
    yield* pieces('begun');
    throw new Error('the node is gone');
  }
  await assert.rejects(archive.write('logs/a/b/c.zst', breaking(), never()), /the node is gone/);
  assert.ok(!existsSync(path.join(folder, 'logs')));
  await archive.put('logs/a/kept', 'x');
  await assert.rejects(archive.write('logs/a/b/c.zst', breaking(), never()), /the node is gone/);
  assert.deepEqual(readdirSync(path.join(folder, 'logs', 'a')), ['kept']);
});

test('a write that is aborted ends, and keeps nothing', async (t) => {
  const { archive } = open(t);
  const stop = new AbortController();
  async function* endless(): AsyncIterable<Uint8Array> {
    for (let count = 0; ; count += 1) {
      if (count === 10) stop.abort(new Error('enough'));
      yield* pieces('more and more');
    }
  }
  await assert.rejects(archive.write('a/b', endless(), stop.signal), { name: 'AbortError' });
  assert.deepEqual(await keysOf(archive.list('', never())), []);
});

test('a line is added once, however often the last one is tried', async (t) => {
  const { archive } = open(t);
  for (const line of ['one', 'two', 'two', 'o', 'two']) await archive.append('h/day.jsonl', line);
  assert.equal(await textOf(await archive.read('h/day.jsonl', never())), 'one\ntwo\no\ntwo\n');
  await assert.rejects(archive.append('h/day.jsonl', 'two\nlines'), RangeError);
});

test('a line that a crash has cut stays apart from the next', async (t) => {
  const { archive } = open(t);
  const file = await archive.put('h/day.jsonl', 'one\ntw');
  await archive.append('h/day.jsonl', 'three');
  assert.equal(readFileSync(file, 'utf8'), 'one\ntw\nthree\n');
});

test('many writers of one text lose no line', async (t) => {
  const { archive } = open(t);
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  await Promise.all(lines.map((line) => archive.append('h/day.jsonl', line)));
  const kept = (await textOf(await archive.read('h/day.jsonl', never()))).trimEnd().split('\n');
  assert.deepEqual(kept.toSorted(), lines.toSorted());
});

test('a list is sorted by key, and takes any prefix', async (t) => {
  const { archive } = open(t);
  const keys = ['a-b', 'a.c/1', 'a/1', 'a/2/3', 'ab', 'b/1'];
  for (const key of keys) await archive.put(key, key);
  assert.deepEqual(await keysOf(archive.list('', never())), keys);
  assert.deepEqual(await keysOf(archive.list('a/', never())), ['a/1', 'a/2/3']);
  assert.deepEqual(await keysOf(archive.list('a/2', never())), ['a/2/3']);
  assert.deepEqual(await keysOf(archive.list('nothing/', never())), []);
  for await (const entry of archive.list('ab', never())) {
    assert.equal(entry.bytes, 2);
    assert.match(entry.modifiedAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  }
});

test('what is deleted takes its empty folders along; nothing there is fine', async (t) => {
  const { folder, archive } = open(t);
  await archive.put('logs/one/a', 'x');
  await archive.put('logs/two/b', 'x');
  await archive.remove('logs/one/a', never());
  await archive.remove('logs/one/a', never());
  assert.deepEqual(readdirSync(path.join(folder, 'logs')), ['two']);
});

test('what a killed writer left half written is swept away once it is old', async (t) => {
  const { folder, archive } = open(t);
  await archive.put('logs/one/a', 'x');
  writeFileSync(path.join(folder, 'logs/one/b.01234567.part'), 'half');
  assert.deepEqual(await keysOf(archive.list('logs/', never())), ['logs/one/a']);
  assert.equal(await archive.sweep('logs/', Date.now() - 60_000, never()), 0);
  assert.equal(await archive.sweep('logs/', Date.now() + 60_000, never()), 1);
  assert.deepEqual(readdirSync(path.join(folder, 'logs/one')), ['a']);
});

test('a file where the folder should be is said, with the setting', async (t) => {
  const { folder, archive } = open(t);
  writeFileSync(folder, '');
  await assert.rejects(archive.put('a', 'x'), (error: unknown) => {
    assert.ok(error instanceof PurserError);
    assert.equal(error.type, 'NotConfigured');
    assert.match(error.message, /archive \/.*could not store a: .*archive\.folder/);
    return true;
  });
});

// A real full disk: Linux's own device for it stands where the folder's file system would be full.
test('a full disk is said, and may pass', async (t) => {
  const { folder, archive } = open(t);
  mkdirSync(folder, { recursive: true });
  symlinkSync('/dev/full', path.join(folder, 'day.jsonl'));
  await assert.rejects(archive.append('day.jsonl', 'x'), (error: unknown) => {
    assert.ok(error instanceof PurserError);
    assert.equal(error.type, 'Unreachable');
    assert.match(error.message, /the disk is full: make room.*\(ENOSPC\)/);
    return true;
  });
});

test('of many who keep a text where there is nothing yet, one does', async (t) => {
  const { folder, archive } = open(t);
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
  const done = await Promise.all(texts.map((text) => archive.putNew('a/claim', text)));
  assert.deepEqual(
    texts.filter((_, index) => done[index]),
    [readFileSync(path.join(folder, 'a/claim'), 'utf8')],
  );
  assert.deepEqual(readdirSync(path.join(folder, 'a')), ['claim']);
  assert.equal(await archive.putNew('a/claim', 'late'), false);
});
