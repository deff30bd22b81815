import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { createFolderArchive } from '../../../src/archive/folder.ts';
import { createProofReports } from '../../../src/direct/proof-reports.ts';
import { runQuery } from '../../../src/logs/read/run-query.ts';
import type { BundleStore } from '../../../src/logs/read/bundle-store.ts';
import { lineOf, NO_REPORTS, START } from '../audit/lines.ts';
import type { Asked } from '../audit/lines.ts';
import { stored, writeBundle } from './bundle-fixture.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'purser-who-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const ALL = { probes: false, each: false } as const;
let count = 0;

/** A new archive, and what was read of it. */
function openShelf() {
  const archive = path.join(folder, String((count += 1)));
  mkdirSync(archive);
  const files = createFolderArchive(archive);
  const read: string[] = [];
  const store: BundleStore = {
    ...files,
    target: 'prod',
    read: (key, ...rest) => {
      read.push(key);
      return files.read(key, ...rest);
    },
  };
  return { archive, store, read };
}

function who(store: BundleStore, since?: number) {
  const vouchers = { probers: NO_REPORTS.probers, reports: createProofReports(store) };
  return runQuery(store, { ...ALL, since }, vouchers, signal);
}

const ID = '915eef72b37d5620';
const RUN = `01a20a22-5caf-72ed-${ID.slice(0, 4)}-${ID.slice(4)}`;
const AGENT = `purser/0.1.0 (proof ${ID})`;

/** Whom a report is about: its folder, its subject, its user at the registry, and what it calls itself there. */
const SUBJECTS = [
  ['User/alice', { kind: 'User', name: 'alice' }, 'alice', 'alice'],
  ['User/corp%3Aan-na', { kind: 'User', name: 'corp:an-na' }, 'corp:an-na', 'corp-an-na'],
  [
    'ServiceAccount/team-a%3Aci',
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
    'system:serviceaccount:team-a:ci',
    'team-a-ci',
  ],
] as const;

function archiveProof([where, subject, user, account]: (typeof SUBJECTS)[number]) {
  const { archive, store } = openShelf();
  const reports = path.join(archive, 'reports/onboard/prod', where);
  mkdirSync(reports, { recursive: true });
  const report = {
    workflow: 'onboard',
    runId: RUN,
    target: 'prod',
    subject,
    startedAt: new Date(START).toISOString(),
    endedAt: new Date(START + 9_000).toISOString(),
  };
  writeFileSync(path.join(reports, `${RUN}.json`), JSON.stringify(report));
  const denied = { message: 'OpenShift access denied: no opinion', user } as const;
  const absent = { ...denied, repository: `default/purser-absent-${ID}`, reference: 'probe' };
  const token = { uri: `/openshift/token?account=${account}`, message: 'response', user: '' };
  return { archive, store, acts: [absent, { ...token }, { ...token, status: 401 }] };
}

function writeActs(archive: string, acts: readonly Asked[]): void {
  const lines = acts.map((asked) => stored(0, lineOf(asked)));
  writeBundle(archive, { bundle: 'one', pods: [{ pod: 'a', lines }] });
}

for (const subject of SUBJECTS) {
  const [name, , , account] = subject;
  test(`requests of a proof of ${name}, also as ${account}, are left out if its report confirms it`, async () => {
    const { archive, store, acts } = archiveProof(subject);
    writeActs(
      archive,
      acts.map((asked) => ({ ...asked, agent: AGENT })),
    );
    const { answers, probesLeftOut } = await who(store);
    assert.deepEqual([answers, probesLeftOut], [[], 3]);
  });

  test(`the same words about ${name} hide no other user`, async () => {
    const { archive, store, acts } = archiveProof(subject);
    const others = acts.map((asked) => ({
      ...asked,
      agent: AGENT,
      ...(asked.user === '' ? { uri: '/openshift/token?account=team-b-ci' } : { user: 'mallory' }),
    }));
    const later = acts.map((asked) => ({ ...asked, agent: AGENT, after: 600 }));
    writeActs(archive, [...acts, ...others, ...later]);
    const { answers, probesLeftOut } = await who(store);
    assert.equal(probesLeftOut, 0);
    assert.equal(
      answers.reduce((sum, answer) => sum + answer.count, 0),
      9,
    );
  });
}

const HOUR = 3_600_000;
function nameAt(time: number) {
  return `${new Date(time).toISOString().replaceAll(/[-:]/g, '')}-aaaaaa`;
}

function writeDay(archive: string): readonly string[] {
  return Array.from({ length: 24 }, (_, hour) => {
    const began = START + hour * HOUR;
    const since = new Date(began - HOUR).toISOString();
    // Read while the lines of a minute after it began were written.
    const lines = [stored(0, lineOf({ after: (began - START) / 1000 + 60 }))];
    const pods = [{ pod: 'a', lines }];
    const until = new Date(began).toISOString();
    const sealedAt = new Date(began + 120_000).toISOString();
    writeBundle(archive, { bundle: nameAt(began), since, until, sealedAt, pods });
    return nameAt(began);
  });
}

test('a query since an hour ago reads the manifests of that time, by the names of the bundles', async () => {
  const { archive, store, read } = openShelf();
  const names = writeDay(archive);
  const since = START + 22 * HOUR + HOUR / 2;
  const { bundles, answers } = await who(store, since);
  const manifests = read.filter((key) => key.endsWith('manifest.json'));
  assert.deepEqual(
    manifests,
    names.slice(-3).map((name) => `logs/prod/${name}/manifest.json`),
  );
  assert.deepEqual([bundles, answers[0]?.count], [1, 1]);
});

test('lines that were written after a bundle was begun, and before it was sealed, are found', async () => {
  const { archive, store } = openShelf();
  writeDay(archive);
  const last = START + 23 * HOUR;
  assert.equal((await who(store, last + 30_000)).answers[0]?.count, 1);
  assert.equal((await who(store, last + 90_000)).answers.length, 0);
  assert.equal((await who(store, last + 600_000)).bundles, 0);
});

test('layers are no pull of their own if their manifest was pulled before the requested time', async () => {
  const { archive, store } = openShelf();
  const blob = { uri: '/v2/team-a/app/blobs/sha256:1' };
  const at = [START, START + HOUR / 4] as const;
  const acts = [{ after: -60 }, { ...blob, after: 120 }];
  for (const [number, began] of at.entries()) {
    const asked = acts[number] ?? {};
    writeBundle(archive, {
      bundle: nameAt(began),
      since: new Date(began - HOUR / 4).toISOString(),
      until: new Date(began).toISOString(),
      sealedAt: new Date(began + 1_000).toISOString(),
      pods: [{ pod: 'a', lines: [stored(0, lineOf(asked))] }],
    });
  }
  const { answers, bundles, from } = await who(store, START + 60_000);
  assert.deepEqual([answers, bundles, from], [[], 1, new Date(START).toISOString()]);
  assert.equal((await who(store)).answers.length, 1);
});

test('bundles whose names hold no time are all read', async () => {
  const { archive, store, read } = openShelf();
  for (const bundle of ['one', 'two', 'zero']) writeBundle(archive, { bundle });
  await who(store, START);
  assert.equal(read.filter((key) => key.endsWith('manifest.json')).length, 3);
});
