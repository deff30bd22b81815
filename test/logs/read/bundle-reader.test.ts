import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { configSchema } from '../../../src/config/schema.ts';
import { openBundleReader } from '../../../src/direct/bundle-reader.ts';
import type { BundleReader } from '../../../src/direct/bundle-reader.ts';
import { lineOf } from '../audit/lines.ts';
import { stored, writeBundle } from './bundle-fixture.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'purser-look-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
function readerOf(archive: string, target = 'prod') {
  return openBundleReader(
    configSchema.parse({ archive: { folder: archive }, targets: { [target]: {} } }),
    target,
    signal,
  );
}

let count = 0;
function freshArchive() {
  return path.join(folder, String((count += 1)));
}

const NAMES = ['20261121T010000Z-aaaaaa', '20261122T010000Z-bbbbbb', '20261123T010000Z-cccccc'];

function threeBundles(): string {
  const archive = freshArchive();
  for (const bundle of NAMES.toReversed()) writeBundle(archive, { bundle });
  // Half a bundle has no manifest, and another target's bundle is not this one's.
  writeFileSync(path.join(writeBundle(archive, { bundle: 'x', target: 'test' }), 'y'), '');
  return archive;
}

test('bundles come oldest first', async () => {
  const found: string[] = [];
  for await (const { bundle } of (await readerOf(threeBundles())).bundles()) found.push(bundle);
  assert.deepEqual(found, NAMES);
});

test('a bundle that was never sealed is left out', async () => {
  const archive = threeBundles();
  rmSync(path.join(archive, 'logs/prod', NAMES[2] ?? '', 'manifest.json'));
  assert.equal((await (await readerOf(archive)).find('latest')).bundle, NAMES[1]);
});

/** How a bundle is named, and which it is, or what is said. */
const WANTED: readonly (readonly [string, string | RegExp])[] = [
  [NAMES[1] ?? '', NAMES[1] ?? ''],
  ['20261122', NAMES[1] ?? ''],
  ['latest', NAMES[2] ?? ''],
  ['202611', /3 bundles of the 3 of prod in .* begin with "202611": 20261123.*; write more/],
  ['20261122T02', /is called "20261122T02"; the nearest: 20261122T010000Z-bbbbbb, 20261123/],
  ['yesterday', /the nearest: 20261123T010000Z-cccccc, .* shows all/],
];

for (const [wanted, expected] of WANTED) {
  test(`"${wanted}" is ${typeof expected === 'string' ? expected : 'refused with what is near'}`, async () => {
    const reader = await readerOf(threeBundles());
    if (typeof expected === 'string') assert.equal((await reader.find(wanted)).bundle, expected);
    else await assert.rejects(reader.find(wanted), { type: 'InvalidRequest', message: expected });
  });
}

test('an empty archive says how to collect', async () => {
  const reader = await readerOf(freshArchive());
  await assert.rejects(reader.find('latest'), {
    message: /no log bundle of prod in .* yet; `purser logs collect` makes one/,
  });
});

test('a manifest that cannot be parsed is named', async () => {
  const archive = threeBundles();
  writeFileSync(path.join(archive, 'logs/prod', NAMES[0] ?? '', 'manifest.json'), '{"version":9}');
  const reader = await readerOf(archive);
  await assert.rejects(reader.find('20261121'), /logs\/prod\/20261121.*is not a manifest/);
});

const AGENT = 'x'.repeat(300);
const POD_A = [
  stored(0, lineOf({})),
  stored(2000, lineOf({ user: 'bob', status: 404, message: 'response completed with error' })),
  stored(4000, 'panic: runtime error'),
  stored(3999, '\tgoroutine 1: the clock was set back'),
];
const POD_B = [
  stored(1000, lineOf({ agent: AGENT })),
  stored(3000, lineOf({ user: 'system:serviceaccount:team-a:ci', status: 500 })),
];
const EVERYTHING = [POD_A[0], POD_B[0], POD_A[1], POD_B[1], POD_A[2], POD_A[3]];

function twoPods(): string {
  const archive = freshArchive();
  const pods = [
    { pod: 'registry-a', lines: POD_A },
    { pod: 'registry-b', lines: POD_B },
    { pod: 'registry-c', lines: [] },
  ];
  writeBundle(archive, { bundle: 'one', pods });
  return archive;
}

/** What is wanted, and which lines of the two pods that is, in the order of time. */
const SHOWN: readonly (readonly [
  string,
  Parameters<BundleReader['lines']>[1],
  readonly unknown[],
])[] = [
  ["all lines in the order of time, a pod's own order kept", {}, EVERYTHING],
  ['a pod', { pod: 'registry-b' }, POD_B],
  ['pods by a pattern', { pod: 'registry-*' }, EVERYTHING],
  ['a user', { user: 'bob' }, [POD_A[1]]],
  ['users by a pattern', { user: 'system:*' }, [POD_B[1]]],
  ['a status', { statuses: ['404'] }, [POD_A[1]]],
  ['classes of statuses', { statuses: ['4xx', '5XX'] }, [POD_A[1], POD_B[1]]],
  ['an expression', { grep: /panic|goroutine/ }, [POD_A[2], POD_A[3]]],
  ['from a time on', { since: '2026-11-23T12:00:03.000000000Z' }, [POD_B[1], POD_A[2], POD_A[3]]],
  ['up to a time', { until: '2026-11-23T12:00:01.000000000Z' }, [POD_A[0], POD_B[0]]],
  ['all of it together', { user: 'alice', statuses: ['200'], grep: /xxx/ }, [POD_B[0]]],
  ['nothing', { pod: 'registry-d' }, []],
];

for (const [what, wanted, expected] of SHOWN) {
  test(`shows ${what}`, async () => {
    const reader = await readerOf(twoPods());
    const found: string[] = [];
    for await (const lines of reader.lines(await reader.find('one'), wanted)) {
      found.push(...lines.map(({ line }) => line.toString('utf8')));
    }
    assert.deepEqual(found, expected);
  });
}

test('reading stops when the reader is gone', async () => {
  const archive = freshArchive();
  const lines = Array.from({ length: 50_000 }, (_, at) => stored(at, `line ${at}`));
  writeBundle(archive, {
    bundle: 'long',
    pods: [
      { pod: 'a', lines },
      { pod: 'b', lines },
    ],
  });
  const reader = await readerOf(archive);
  let seen = 0;
  for await (const some of reader.lines(await reader.find('long'), {})) {
    seen += some.length;
    break;
  }
  assert.ok(seen > 0 && seen < lines.length, String(seen));
});

/** What happens to a file of a bundle, and what is said of it. */
const DAMAGES: Readonly<Record<string, readonly [(file: string) => void, RegExp]>> = {
  'is gone': [(file) => rmSync(file), /^it is not there$/],
  'was cut': [(file) => truncateSync(file, 30), /^it cannot be decompressed: /],
  'was added to': [
    (file) => appendFileSync(file, zstdCompressSync(Buffer.from('more\n'))),
    /^bytes in the archive: \d+, in the manifest \d+$/,
  ],
  'was replaced': [
    (file) => writeFileSync(file, zstdCompressSync(Buffer.from(`${POD_B.join('\n')}x\n`))),
    /^SHA-256: [0-9a-f]{64}, in the manifest [0-9a-f]{64}$/,
  ],
};

for (const [what, [damage, says]] of Object.entries(DAMAGES)) {
  for (const file of ['registry-b_registry.log.zst', 'access.json.zst']) {
    test(`verifying finds out that ${file} ${what}`, async () => {
      const archive = twoPods();
      damage(path.join(archive, 'logs/prod/one', file));
      const problems = await problemsOf(archive);
      assert.deepEqual([...problems.keys()], [file]);
      assert.ok(
        problems.get(file)?.some((problem) => says.test(problem)),
        String(problems.get(file)),
      );
    });
  }
}

test('verifying names files that are not in the manifest, and finds no problem in a complete bundle', async () => {
  const archive = twoPods();
  assert.deepEqual([...(await problemsOf(archive))], []);
  writeFileSync(path.join(archive, 'logs/prod/one/stranger'), '');
  assert.deepEqual(
    [...(await problemsOf(archive))],
    [['stranger', ['the manifest does not name it']]],
  );
});

test('showing a broken file names it, and says what to do', async () => {
  const archive = twoPods();
  truncateSync(path.join(archive, 'logs/prod/one/registry-a_registry.log.zst'), 30);
  const reader = await readerOf(archive);
  const manifest = await reader.find('one');
  const read = async () => {
    for await (const lines of reader.lines(manifest, {})) assert.ok(lines.length > 0);
  };
  await assert.rejects(
    read,
    /registry-a_registry\.log\.zst cannot be read to its end .*verify one/,
  );
});

test('a query reads all bundles of the requested time, and names those that it could not read', async () => {
  const archive = twoPods();
  const gap = {
    from: '2026-11-24T11:00:00Z',
    to: '2026-11-24T11:01:00Z',
    reason: 'rotated',
  } as const;
  const until = '2026-11-24T12:00:00Z';
  writeBundle(archive, { bundle: 'two', until, pods: [{ pod: 'a', lines: POD_A, gaps: [gap] }] });
  writeBundle(archive, { bundle: 'three', until });
  rmSync(path.join(archive, 'logs/prod/three/access.json.zst'));
  const question = { probes: false, each: false } as const;
  const all = await (await readerOf(archive)).who(question);
  assert.equal(all.bundles, 3);
  assert.deepEqual(
    all.answers.map(({ user, count: times }) => [user, times]),
    [['alice', 3]],
  );
  assert.deepEqual(all.unread, [{ bundle: 'three', reason: 'access.json.zst is not there' }]);
  assert.deepEqual(all.gaps, [{ bundle: 'two', pod: 'a', from: gap.from, to: gap.to }]);
  const later = await (
    await readerOf(archive)
  ).who({
    ...question,
    since: Date.parse('2026-11-24T00:00:00Z'),
  });
  assert.equal(later.bundles, 2);
  assert.deepEqual(later.answers, []);
});

async function problemsOf(archive: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const reader = await readerOf(archive);
  const problems = new Map<string, readonly string[]>();
  for await (const found of reader.verify(await reader.find('one'))) {
    if (found.problems.length > 0) problems.set(found.file, found.problems);
  }
  return problems;
}
