import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createAuditCache } from '../../activities/logs/collect/audit-cache.ts';
import { claimSeal, releaseSeal } from '../../activities/logs/collect/seal-claim.ts';
import { listStoredBundles, removeBundle } from '../../activities/logs/collect/stored-bundles.ts';
import { sealBundle } from '../../activities/logs/collect/seal.ts';
import { createFolderArchive } from '../../src/archive/folder.ts';
import { PurserError } from '../../src/domain/errors.ts';

function never() {
  return new AbortController().signal;
}

function open(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-seal-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const target = { name: 'prod', at: () => {} };
  const ports = { archive: createFolderArchive(folder), target, auditCache: createAuditCache() };
  const claims = (after = 'first') => path.join(folder, 'seals', 'prod', after);
  return { ports, claims };
}

function nameOf(number: number) {
  return `2026112${number}T100000.000Z-run${number}`;
}

function collection(number: number, after?: string) {
  const time = '2026-11-23T10:00:00.000Z';
  const plan = { bundle: nameOf(number), since: time, until: time, runs: [], events: [], lost: [] };
  return {
    plan: { ...plan, ...(after === undefined ? {} : { after }) },
    collected: [],
    events: [],
    request: { target: 'prod' },
    by: { workflowId: 'logs/prod', runId: `run-${number}` },
  };
}

function isOfType(type: string) {
  return (error: unknown) => error instanceof PurserError && error.type === type;
}

test('of several collections that are sealed at once after the same bundle, one succeeds', async (t) => {
  const { ports } = open(t);
  const first = await sealBundle(ports, collection(0), never());
  const ends = await Promise.allSettled(
    [1, 2, 3, 4].map((number) => sealBundle(ports, collection(number, first.bundle), never())),
  );
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
  const sealed = (await listStoredBundles(ports, never())).filter(({ isSealed }) => isSealed);
  assert.equal(sealed.length, 2);
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  for (const reason of reasons) {
    assert.ok(isOfType('Conflict')(reason) || isOfType('ServerError')(reason), String(reason));
  }
});

test('a collection that comes after another seal is refused at each attempt', async (t) => {
  const { ports } = open(t);
  await sealBundle(ports, collection(1), never());
  for (const _ of [1, 2]) {
    await assert.rejects(sealBundle(ports, collection(2), never()), isOfType('Conflict'));
  }
});

test('the next attempt continues after one that died with the claim, or after the seal', async (t) => {
  const { ports } = open(t);
  await claimSeal(ports, collection(1).plan, never());
  const sealed = await sealBundle(ports, collection(1), never());
  assert.deepEqual(await sealBundle(ports, collection(1), never()), sealed);
});

test('files that a dead attempt left in the bundle are not sealed', async (t) => {
  const { ports } = open(t);
  const { bundle } = collection(1).plan;
  await ports.archive.put(`logs/prod/${bundle}/ns_pod_app.log.zst`, 'of a pod that is gone by now');
  await sealBundle(ports, collection(1), never());
  const [sealed] = await listStoredBundles(ports, never());
  assert.deepEqual(sealed?.files, ['manifest.json']);
});

test('a claim is passed on once it is released, or ten minutes old', async (t) => {
  const { ports, claims } = open(t);
  const [one, two, three] = [1, 2, 3].map((number) => collection(number).plan);
  assert.ok(one && two && three);
  await claimSeal(ports, one, never());
  await assert.rejects(claimSeal(ports, two, never()), isOfType('ServerError'));
  await releaseSeal(ports, two, never());
  await assert.rejects(claimSeal(ports, two, never()), isOfType('ServerError'));
  await releaseSeal(ports, one, never());
  await claimSeal(ports, two, never());

  const longAgo = new Date(Date.now() - 11 * 60_000);
  utimesSync(path.join(claims(), '1'), longAgo, longAgo);
  const ends = await Promise.allSettled(
    [one, three].map((plan) => claimSeal(ports, plan, never())),
  );
  assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await assert.rejects(claimSeal(ports, two, never()), isOfType('ServerError'));
});

test("the claims of a bundle's successors are deleted with it", async (t) => {
  const { ports, claims } = open(t);
  const first = await sealBundle(ports, collection(1), never());
  await sealBundle(ports, collection(2, first.bundle), never());
  assert.deepEqual(readdirSync(claims(first.bundle)), ['1']);
  const [oldest] = await listStoredBundles(ports, never());
  assert.ok(oldest);
  await removeBundle(ports, oldest, never());
  assert.throws(() => readdirSync(claims(first.bundle)), /ENOENT/);
});
