import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createFolderArchive } from '../../src/archive/folder.ts';
import { findEvidence } from '../../src/archive/grant-evidence.ts';
import { reportFolder } from '../../src/archive/report-key.ts';

const ALICE = { kind: 'User', name: 'alice' } as const;
const { signal } = new AbortController();

function open(t: TestContext) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-evidence-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const archive = createFolderArchive(folder);
  const keep = (workflow: 'onboard' | 'revoke', run: string, report: unknown) =>
    archive.put(
      `${reportFolder({ workflow, target: 'prod', subject: ALICE })}${run}.json`,
      typeof report === 'string' ? report : JSON.stringify(report),
    );
  const ask = (access: string, target = 'prod') =>
    findEvidence(archive, { target, names: [ALICE], access }, signal);
  return { archive, keep, ask };
}

function reportOf(endedAt: string, access: string, binding = 'purser:pull:User:alice') {
  return {
    workflow: 'onboard',
    target: 'prod',
    subject: ALICE,
    steps: [],
    endedAt,
    grants: [{ access, binding, role: 'registry-viewer', made: 'by-this-run' }],
  };
}

test('a report of an onboarding or a revocation shows that an access was there, the newest one', async (t) => {
  const { archive, keep, ask } = open(t);
  await keep('onboard', 'run-1', reportOf('2026-01-01T00:00:00Z', 'pull:a'));
  await keep(
    'revoke',
    'run-2',
    reportOf('2026-02-01T00:00:00Z', 'pull:a', 'purser:pull:User:x:alice'),
  );
  const { report: shown, bindings } = await ask('pull:a');
  assert.equal(shown?.endedAt, '2026-02-01T00:00:00Z');
  assert.equal(shown.place, `${archive.place}/reports/revoke/prod/User/alice/run-2.json`);
  assert.deepEqual(bindings.toSorted(), ['purser:pull:User:alice', 'purser:pull:User:x:alice']);
});

test('another access, another target, a report without grants, or none show nothing', async (t) => {
  const { keep, ask } = open(t);
  assert.deepEqual(await ask('pull:a'), { bindings: [] });
  await keep('onboard', 'run-1', reportOf('2026-01-01T00:00:00Z', 'push:a'));
  await keep('onboard', 'run-2', { ...reportOf('2026-01-01T00:00:00Z', 'pull:a'), grants: [] });
  assert.deepEqual(await ask('pull:a'), { bindings: [] });
  assert.deepEqual(await ask('push:a', 'other'), { bindings: [] });
});

test('what is no report is passed over', async (t) => {
  const { keep, ask } = open(t);
  await keep('onboard', 'run-1', '{"endedAt": "20');
  await keep('onboard', 'run-2', '[]');
  await keep('onboard', 'run-3', reportOf('2026-01-01T00:00:00Z', 'pull:a'));
  assert.equal((await ask('pull:a')).report?.endedAt, '2026-01-01T00:00:00Z');
});

test('a revocation that found only an onboarding which waited shows that the access was taken back', async (t) => {
  const { keep, ask } = open(t);
  const taken = { ...reportOf('2026-01-01T00:00:00Z', 'pull:a'), workflow: 'revoke', grants: [] };
  const step = { name: 'revoke pull:a', outcome: 'not-applicable' };
  await keep('revoke', 'run-1', { ...taken, steps: [step] });
  assert.equal((await ask('pull:a')).report, undefined);
  await keep('revoke', 'run-2', { ...taken, steps: [{ ...step, outcome: 'passed' }] });
  assert.equal((await ask('pull:a')).report?.endedAt, '2026-01-01T00:00:00Z');
  assert.equal((await ask('pull:b')).report, undefined);
});

test('a revocation that found nothing to revoke is no evidence that anything was there', async (t) => {
  const { keep, ask } = open(t);
  const told = { ...reportOf('2026-01-01T00:00:00Z', 'pull:a'), workflow: 'revoke', grants: [] };
  const steps = [
    { name: 'find', outcome: 'passed' },
    { name: 'revoke pull:a', outcome: 'not-applicable' },
    { name: 'pull a refused', outcome: 'passed' },
  ];
  await keep('revoke', 'run-1', { ...told, outcome: 'nothing-to-revoke', steps });
  assert.deepEqual(await ask('pull:a'), { bindings: [] });
});

test('a report about somebody else, or about another target, shows nothing, wherever it is kept', async (t) => {
  const { keep, ask } = open(t);
  const told = reportOf('2026-01-01T00:00:00Z', 'pull:a');
  await keep('onboard', 'run-1', { ...told, subject: { kind: 'User', name: 'bob' } });
  await keep('onboard', 'run-2', { ...told, subject: { kind: 'Group', name: 'alice' } });
  await keep('onboard', 'run-3', { ...told, target: 'other' });
  await keep('onboard', 'run-4', { endedAt: told.endedAt, grants: told.grants });
  assert.deepEqual(await ask('pull:a'), { bindings: [] });
});

test('a name that looks shortened is looked for where its reports were kept before it was shortened', async (t) => {
  const { archive } = open(t);
  const long = { kind: 'User', name: 'l'.repeat(230) } as const;
  const earlier = reportFolder({ workflow: 'onboard', target: 'prod', subject: long });
  const looksCut = { kind: 'User', name: earlier.split('/')[4] ?? '' } as const;
  const told = (subject: object, endedAt: string) =>
    JSON.stringify({ ...reportOf(endedAt, 'pull:a'), subject });
  const ask = () =>
    findEvidence(archive, { target: 'prod', names: [looksCut], access: 'pull:a' }, signal);
  // It is the folder of the long name, too, whose reports are about somebody else.
  await archive.put(`${earlier}run-1.json`, told(long, '2026-03-01T00:00:00Z'));
  assert.deepEqual(await ask(), { bindings: [] });
  await archive.put(`${earlier}run-2.json`, told(looksCut, '2026-01-01T00:00:00Z'));
  assert.equal((await ask()).report?.place, `${archive.place}/${earlier}run-2.json`);
  const now = reportFolder({ workflow: 'onboard', target: 'prod', subject: looksCut });
  await archive.put(`${now}run-3.json`, told(looksCut, '2026-02-01T00:00:00Z'));
  const { report: shown, bindings } = await ask();
  assert.equal(shown?.place, `${archive.place}/${now}run-3.json`);
  assert.deepEqual(bindings, ['purser:pull:User:alice']);
});

for (const name of [
  '.',
  '..',
  'a/b',
  'a%b',
  '',
  'x'.repeat(300),
  'purser:pull:User:a?x=1',
  'edit',
]) {
  test(`a report's binding ${JSON.stringify(name.slice(0, 20))} is none of Purser's, and is not looked for`, async (t) => {
    const { keep, ask } = open(t);
    await keep('onboard', 'run-1', reportOf('2026-01-01T00:00:00Z', 'pull:a', name));
    assert.deepEqual((await ask('pull:a')).bindings, []);
  });
}
