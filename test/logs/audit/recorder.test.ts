import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createAuditCache, indexAccess } from '../../../activities/logs/collect/audit-cache.ts';
import { redactorFor } from '../../../activities/logs/collect/run-redactor.ts';
import { createFolderArchive } from '../../../src/archive/folder.ts';
import { readIndex } from '../../../src/logs/audit/index-file.ts';
import { createAuditRecorder } from '../../../src/logs/collect/audit-recorder.ts';
import { ACCESS_INDEX } from '../../../src/logs/manifest.ts';
import { pack } from '../../../src/logs/stream/pack.ts';
import { digest, lineOf } from './lines.ts';

function never() {
  return new AbortController().signal;
}
const bundle = '20261123T120000.000Z-run1';
const PREFIX = `logs/prod/${bundle}/`;

/** Two replicas share one pull: by tag from one, its platform from the other. */
const REPLICAS = [
  [
    lineOf({ user: 'älice', reference: 'v1', method: 'HEAD' }),
    'a line that names nobody',
    lineOf({ user: 'bob', reference: 'v2', after: 5 }),
    lineOf({ user: 'carol', message: 'OpenShift access denied', after: 6 }),
    lineOf({ user: 'älice', uri: `/v2/team-a/app/blobs/${digest(3)}`, after: 7 }),
    lineOf({ user: 'älice', uri: `/v2/team-a/app/blobs/${digest(4)}`, after: 8 }),
  ],
  [lineOf({ user: 'älice', reference: digest(1), after: 1 })],
].map((lines) =>
  Buffer.from(lines.map((line) => `2026-11-23T12:00:00.000000001Z ${line}\n`).join('')),
);

function open(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-auditCache-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { archive: createFolderArchive(folder), target: { name: 'prod', at: () => {} } };
}

test('the events that were recorded while collecting make the same index as a second reading', async (t) => {
  const ports = { ...open(t), auditCache: createAuditCache() };
  const files = await Promise.all(
    REPLICAS.map(async (lines, number) => {
      const packed = { fileBytes: 0, sha256: '' };
      const file = `replica-${number}.log.zst`;
      await ports.archive.write(`${PREFIX}${file}`, pack(once(lines), packed), never());
      return { file, ...packed };
    }),
  );
  const read = await indexAccess(ports, { bundle, files }, never());
  const { users, deed } = readIndex(await bytesOf(ports.archive));
  assert.deepEqual([users.toSorted(), deed.length], [['bob', 'carol', 'älice'], 4]);

  for (const [number, file] of files.entries()) {
    const recorder = createAuditRecorder();
    recorder.block(REPLICAS[number] ?? Buffer.alloc(0));
    ports.auditCache.keep(bundle, file, recorder);
    // So that nothing but what was heard can be read.
    await ports.archive.remove(`${PREFIX}${file.file}`, never());
  }
  assert.deepEqual(await indexAccess(ports, { bundle, files }, never()), read);
});

test('a file that was written again since its events were recorded is read again', () => {
  const auditCache = createAuditCache();
  const file = { file: 'a.log.zst', fileBytes: 1, sha256: 'one' };
  auditCache.keep(bundle, file, createAuditRecorder());
  assert.notEqual(auditCache.of(bundle, file), undefined);
  assert.equal(auditCache.of(bundle, { ...file, sha256: 'other' }), undefined);
  auditCache.forget(bundle);
  assert.equal(auditCache.of(bundle, file), undefined);
});

test('only the newest of the bundles that were never sealed are remembered', () => {
  const auditCache = createAuditCache();
  const file = { file: 'a.log.zst', fileBytes: 1, sha256: 'one' };
  for (const each of ['one', 'two', 'three']) auditCache.keep(each, file, createAuditRecorder());
  assert.equal(auditCache.of('one', file), undefined);
  assert.notEqual(auditCache.of('three', file), undefined);
});

test('if there are more events than fit, none is remembered', () => {
  const recorder = createAuditRecorder(2);
  for (const lines of REPLICAS) recorder.block(lines);
  assert.equal(recorder.events(), undefined);
});

/** What is heard of a log, and what is kept of it. */
function hear(lines: readonly string[], patterns: readonly string[] = []) {
  const recorder = createAuditRecorder();
  const redactor = redactorFor(patterns, undefined, { result: { gaps: [] }, recorder });
  const text = lines.map((line) => `2026-11-23T12:00:00.000000001Z ${line}\n`).join('');
  const kept = redactor.block(Buffer.from(text)).toString('utf8');
  return { events: [...(recorder.events() ?? [])], kept };
}

test('events are read before secrets are removed from the lines', () => {
  const begin = `${'-'.repeat(5)}BEGIN PRIVATE KEY${'-'.repeat(5)}`;
  const lines = [begin, 'AAAA', lineOf({ user: 'bob', reference: 'v2' })];
  assert.deepEqual(
    hear(lines).events.map(({ user }) => user),
    ['bob'],
  );
  const { events, kept } = hear([lineOf({ user: 'bob', reference: 'v2' })], ['level=.*']);
  assert.match(kept, /time="[^"]*" \[REDACTED:custom\]$/m);
  assert.deepEqual(
    events.map(({ action }) => action),
    ['pull'],
  );
});

test('no event keeps a text that redaction removes', () => {
  const token = ['sha256', '~', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6'].join('');
  const asUser = hear([lineOf({ user: token, reference: 'v2' })]);
  assert.deepEqual(
    asUser.events.map(({ user }) => user),
    ['[REDACTED:bearer-token]'],
  );
  const asTag = hear([lineOf({ user: 'bob', reference: token })]);
  assert.deepEqual(
    asTag.events.map(({ user, reference }) => [user, reference]),
    [['bob', '[REDACTED:bearer-token]']],
  );
  const blanked = hear([lineOf({ user: 'bob', reference: 'v2' })], ['openshift.*', 'level.*']);
  assert.ok(!blanked.kept.includes('bob'));
  assert.deepEqual(
    blanked.events.map(({ user }) => user),
    ['[REDACTED]'],
  );
  const own = hear([lineOf({ user: 'bob', reference: 'v2' })], ['bob']);
  assert.deepEqual(
    own.events.map(({ user }) => user),
    ['[REDACTED:custom]'],
  );
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function bytesOf(archive: ReturnType<typeof createFolderArchive>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const content = await archive.read(`${PREFIX}${ACCESS_INDEX}`, never());
  for await (const part of content ?? []) parts.push(part);
  return Buffer.concat(parts);
}
