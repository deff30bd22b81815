import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { logsCommand } from '../../src/cli/logs/logs.ts';
import { digest, lineOf } from '../logs/audit/lines.ts';
import type { Asked } from '../logs/audit/lines.ts';
import { stored, writeBundle } from '../logs/read/bundle-fixture.ts';
import { createRunner } from './command.ts';

const { file, folder, run } = createRunner(
  'archive: { folder: archive }\ntargets: { prod: {}, empty: {}, broken: {} }\n',
);
const archive = path.join(folder, 'archive');
function logs(...args: readonly string[]) {
  return run('-c', file, 'logs', ...args);
}
function prod(...args: readonly string[]) {
  return logs(...args, '--target', 'prod');
}

function said(after: number, asked: Asked) {
  return stored(after * 1000, lineOf({ after, ...asked }));
}
const GAP = {
  from: '2026-11-23T12:10:00Z',
  to: '2026-11-23T12:12:30Z',
  reason: 'rotated',
} as const;
const NEWER = '20261123T140000Z-bbbbbb';

// A report is found by the subject, and by the end of its run's id, which is the proof's id.
const ID = '915eef72b37d5620';
const RUN = `01a20a22-5caf-72ed-${ID.slice(0, 4)}-${ID.slice(4)}`;
function agentOf(id: string) {
  return `purser/0.1.0 (proof ${id})`;
}

function writeReport(): void {
  const where = path.join(archive, 'reports', 'onboard', 'prod', 'User', 'alice');
  mkdirSync(where, { recursive: true });
  const report = {
    workflow: 'onboard',
    runId: RUN,
    target: 'prod',
    subject: { kind: 'User', name: 'alice' },
    startedAt: '2026-11-23T13:01:40.000Z',
    endedAt: '2026-11-23T13:01:42.000Z',
  };
  writeFileSync(path.join(where, `${RUN}.json`), JSON.stringify(report));
}

before(() => {
  writeReport();
  writeBundle(archive, {
    bundle: '20261123T130000Z-aaaaaa',
    redactions: { bearer: 2 },
    pods: [
      {
        pod: 'registry-a',
        lines: [said(0, {}), said(2, { user: 'bob', method: 'PUT', status: 201 })],
      },
      {
        pod: 'registry-b',
        lines: [said(1, { user: '=cmd|calc', reference: digest(1) })],
        gaps: [GAP],
      },
    ],
  });
  writeBundle(archive, {
    bundle: NEWER,
    since: '2026-11-23T13:00:00Z',
    until: '2026-11-23T14:00:00Z',
    pods: [
      {
        pod: 'registry-a',
        lines: [
          said(3700, { user: 'eve', message: 'OpenShift access denied: no, "never"' }),
          said(3701, {
            repository: 'team-a/purser-canary-1',
            method: 'PUT',
            status: 201,
            agent: agentOf(ID),
          }),
          said(3702, { repository: 'team-a/other', agent: agentOf('0'.repeat(16)) }),
          said(3703, { user: 'mallory', agent: agentOf(ID) }),
          said(7000, { repository: 'team-a/late', agent: agentOf(ID) }),
        ],
      },
    ],
  });
});

describe('the help of `purser logs`', () => {
  for (const name of ['list', 'show', 'verify', 'who', 'tail']) {
    test(`${name} has examples`, async () => {
      const command = (await logsCommand([name])).commands.find((each) => each.name() === name);
      let out = '';
      command?.configureOutput({ writeOut: (text) => void (out += text) }).outputHelp();
      assert.match(out, /Examples:\n +\$ purser logs /);
    });
  }
});

describe('`purser logs`', { concurrency: 2 }, () => {
  test('list shows what each bundle covers, and what is missing in it', async () => {
    const { code, out } = await prod('list');
    assert.equal(code, 0);
    const [head = '', older = '', newer = ''] = out.split('\n');
    assert.match(head, /^BUNDLE +UNTIL +COVERS +LINES +SIZE +KEPT +GAPS +CUT +REDACTED +UNREAD$/);
    assert.match(older, /^20261123T130000Z-aaaaaa +2026-11-23 13:00:00Z +1h +3 .* 1 +- +2 +-$/);
    assert.ok(newer.startsWith(NEWER));
  });

  test('list and who of an empty archive say how to collect', async () => {
    const [list, who] = await Promise.all([
      logs('list', '--target', 'empty'),
      logs('who', '--target', 'empty'),
    ]);
    assert.match(list.out, /no log bundle of empty in .* yet; `purser logs collect` makes one/);
    assert.match(who.err, /no log bundle of empty in .*; `purser logs collect` makes one/);
    assert.deepEqual([list.code, who.code, who.out], [0, 0, '']);
  });

  test('show prints plain lines where there is no terminal, and only what is asked for', async () => {
    const { code, out } = await prod('show', '20261123T13', '--user', 'bob');
    assert.equal(code, 0);
    assert.match(
      out,
      /^registry-a\/registry 2026-11-23T12:00:02\.000000000Z time=.* openshift\.auth\.user=bob .*\n$/,
    );
    assert.equal(out.split('\n').length, 2);
  });

  test('show hands no terminal what a client has sent to drive it, by a pipe neither; a file gets all', async () => {
    // A title, a link, the clipboard, a clear screen; in 8 bits, too, and what turns the writing round.
    const evil =
      '\u001b]0;title\u0007\u001b]8;;http://evil\u0007\u001b[2J\u009b31m\u202e\u0000 tab\there é李';
    writeBundle(archive, {
      bundle: 'evil',
      target: 'broken',
      pods: [{ pod: 'a', lines: [stored(0, evil), stored(1, 'plain')] }],
    });
    const show = (...more: readonly string[]) =>
      logs('show', 'evil', '-t', 'broken', '--no-prefix', ...more);
    const [piped, raw] = await Promise.all([show(), show('--raw')]);
    const [line = '', plain] = piped.out.split('\n');
    assert.ok(line.endsWith('·]0;title··]8;;http://evil··[2J·31m·· tab\there é李'), line);
    assert.ok(plain?.endsWith(' plain'));
    assert.ok(raw.out.includes(evil));

    const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
    const into = path.join(folder, 'shown');
    const command = `"$0" --disable-warning=ExperimentalWarning "$1" -c "$2" logs show evil -t broken > "$3"`;
    const child = spawn('bash', ['-c', command, process.execPath, main, file, into]);
    await once(child, 'close');
    assert.ok(readFileSync(into, 'utf8').includes(evil));
    rmSync(path.join(archive, 'logs/broken/evil'), { recursive: true });
  });

  test('show into a pipe that is closed early is no error', async () => {
    const command = `"$0" --disable-warning=ExperimentalWarning "$1" -c "$2" logs show -t prod 20261123T13 | head -c 1; echo "\${PIPESTATUS[0]}"`;
    const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
    const child = spawn('bash', ['-c', command, process.execPath, main, file]);
    let out = '';
    for await (const chunk of child.stdout) out += String(chunk);
    assert.equal(out, 'r0\n');
  });

  test('show says so if no line matches', async () => {
    const { code, out, err } = await prod('show', 'latest', '--grep', 'nowhere');
    assert.deepEqual([code, out], [0, '']);
    assert.match(err, new RegExp(`no matching lines in ${NEWER}`));
  });

  test('verify ends with 0 for a whole bundle, and with 1 for gaps if it is strict', async () => {
    const [newest, all, strict] = await Promise.all([
      prod('verify'),
      prod('verify', '--all'),
      prod('verify', '--all', '--strict'),
    ]);
    assert.deepEqual([newest.code, all.code, strict.code], [0, 0, 1]);
    assert.match(newest.out, new RegExp(`^✔ ${NEWER}: whole, 2 files\n$`));
    assert.match(all.out, /gap \(rotated\) in registry-b\/registry from 2026-11-23 12:10:00Z to /);
    assert.match(all.out, /redacted: 2 bearer/);
  });

  test('verify names what is wrong, and ends with 1', async () => {
    rmSync(path.join(writeBundle(archive, { bundle: 'x', target: 'broken' }), 'access.json.zst'));
    const { code, out } = await logs('verify', '--target', 'broken');
    assert.equal(code, 1);
    assert.match(out, /✘ x: not whole[^]*access\.json\.zst: it is not there/);
  });

  test('who tells who did what, and how far that can be relied on', async () => {
    const { code, out } = await prod('who');
    assert.equal(code, 0);
    assert.match(out, /^USER +DID +REPOSITORY +TAGS +TIMES +FIRST +LAST +FROM\n/);
    assert.match(out, /^bob +push +team-a\/app +v1 +1 +2026-11-23 12:00:02Z .* 10\.0\.0\.7$/m);
    assert.match(out, /^eve +refused pull +team-a\/app /m);
    assert.match(out, /^from 2 log bundles, 2026-11-23 12:00:00Z to 2026-11-23 14:00:00Z$/m);
    assert.match(out, /^1 gap in it, 2m30s in all, without any log lines/m);
    assert.match(out, /^1 by Purser's own proofs and probes left out/m);
    assert.doesNotMatch(out, /purser-canary-1/);
    // No report has that proof; not for that subject; not at that time.
    assert.match(out, /^alice \(claims to be Purser\) +pull +team-a\/other /m);
    assert.match(out, /^mallory \(claims to be Purser\) +pull +team-a\/app /m);
    assert.match(out, /^alice \(claims to be Purser\) +pull +team-a\/late /m);
  });

  test('who as CSV quotes what must be quoted, and holds no formula', async () => {
    const { out } = await prod('who', '--output', 'csv', '--user', '=*');
    assert.match(
      out,
      /^user,claimed,action,refused,repository,references,count,first,last,addresses,claims purser,requests,layers only\n/,
    );
    assert.match(
      out,
      /^'=cmd\|calc,false,pull,,team-a\/app,sha256:0+1,1,2026-11-23T12:00:01\.000Z,/m,
    );
  });

  test('who as JSON is for machines', async () => {
    const { out } = await prod('who', '--output', 'json', '--action', 'push', '--probes');
    const { answers } = JSON.parse(out);
    assert.deepEqual(
      answers.map(({ user, repository }: Record<string, unknown>) => [user, repository]),
      [
        ['bob', 'team-a/app'],
        ['alice', 'team-a/purser-canary-1'],
      ],
    );
  });
});

/** What is wrong, and what is said of it. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['show', 'nope'], /InvalidRequest: no bundle .* is called "nope"; the nearest: 2026/],
  [['show', '2026'], /InvalidRequest: 2 bundles .* begin with "2026"/],
  [['show', '--pod', 'registry-z'], /there is no pod "registry-z" in .*; it has registry-a\n/],
  [['show', '--grep', '('], /'\(' is invalid\. Invalid regular expression/],
  [['show', '--status', '20x'], /"20x" is not an HTTP status; write 404, 5xx or 401,403/],
  [['show', '--since', 'noon'], /"noon" is not a time; write how long ago, such as 30m/],
  [['who', '--action', 'steal'], /Allowed choices are pull, push, delete, login, refused/],
  [['tail'], /NotConfigured: no kubeconfig is named, and this is not a pod/],
];

describe('bad usage of `purser logs`', { concurrency: 2 }, () => {
  for (const [args, says] of WRONG) {
    test(`${args.join(' ')} ends with 2 and says what to do`, async () => {
      const { code, err } = await prod(...args);
      assert.match(err, says);
      assert.equal(code, 2);
    });
  }
});
