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
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createFolderArchive } from '../../src/archive/folder.ts';

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
