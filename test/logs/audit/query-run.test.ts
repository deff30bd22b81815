import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIndex } from '../../../src/logs/audit/index-file.ts';
import { createQueryRun, groupOf } from '../../../src/logs/audit/query-run.ts';
import type { ProbeEvidence, AuditQuery } from '../../../src/logs/audit/query.ts';
import { createAuditTally } from '../../../src/logs/audit/tally.ts';
import { createTexts } from '../../../src/logs/audit/texts.ts';
import { indexOf, NO_REPORTS, START } from './lines.ts';
import type { Asked } from './lines.ts';

const HOUR = 3600;
const ID = '915eef72b37d5620';
const PROOF = `purser/0.1.0 (proof ${ID})`;
const PROBE = 'purser/0.1.0 (probe)';
const [PROBER = ''] = NO_REPORTS.probers.users;

/** Two bundles of an afternoon. */
const BUNDLES: readonly (readonly Asked[])[] = [
  [
    {},
    { after: 60 },
    { after: 61, remote: '10.0.0.8:1', reference: 'v2' },
    { after: 70, user: 'bob', method: 'PUT', status: 201 },
    { after: 80, user: 'eve', message: 'OpenShift access denied: no opinion' },
    {
      after: 90,
      user: 'alice',
      repository: 'team-a/purser-canary-0a1b',
      method: 'PUT',
      status: 201,
      agent: PROOF,
    },
    {
      after: 95,
      user: PROBER,
      repository: 'purser-probe/purser-canary-0a1b2c3d',
      method: 'PUT',
      status: 201,
      agent: PROBE,
    },
    { after: 96, user: PROBER, uri: '/v2/', agent: PROBE },
    {
      after: 99,
      user: '',
      uri: '/openshift/token?account=mallory',
      message: 'response',
      status: 401,
    },
  ],
  [
    { after: 5 * HOUR },
    { after: 5 * HOUR + 1, user: 'system:serviceaccount:team-b:ci', repository: 'team-b/web' },
    { after: 5 * HOUR + 2, user: 'bob', uri: '/v2/' },
    { after: 5 * HOUR + 3, user: '', uri: '/openshift/token?account=bob', message: 'response' },
  ],
];

const EVIDENCE: ProbeEvidence = {
  ...NO_REPORTS,
  hasReport: ({ user, proof, first, last }) =>
    user === 'alice' && proof === ID && first >= START && last <= START + 120_000,
};

const ALL: AuditQuery = { probes: false, each: false };
const files = BUNDLES.map(indexOf);

/** What is asked, and the answers: user, action (what was refused), repository, how often. */
const ROWS: readonly (readonly [string, Partial<AuditQuery>, readonly string[]])[] = [
  [
    'everything, the latest last',
    {},
    [
      'bob push team-a/app 1',
      'eve refused pull team-a/app 1',
      'mallory (claimed) refused login  1',
      'alice pull team-a/app 4',
      'system:serviceaccount:team-b:ci pull team-b/web 1',
      'bob login  1',
      'bob (claimed) login  1',
    ],
  ],
  ['one user', { user: 'alice' }, ['alice pull team-a/app 4']],
  [
    'users by a pattern',
    { user: 'system:serviceaccount:*' },
    ['system:serviceaccount:team-b:ci pull team-b/web 1'],
  ],
  ['a user whose name begins like others', { user: 'ali' }, []],
  ['a pattern is no regular expression', { user: 'al.ce' }, []],
  [
    'a repository',
    { repository: 'team-b/*' },
    ['system:serviceaccount:team-b:ci pull team-b/web 1'],
  ],
  ['pushes', { action: 'push' }, ['bob push team-a/app 1']],
  [
    'refusals',
    { action: 'refused' },
    ['eve refused pull team-a/app 1', 'mallory (claimed) refused login  1'],
  ],
  [
    'logins, by what the registry says and by what the client claims',
    { action: 'login' },
    ['bob login  1', 'bob (claimed) login  1'],
  ],
  [
    'since an hour ago',
    { action: 'pull', since: START + 4 * HOUR * 1000 },
    ['alice pull team-a/app 1', 'system:serviceaccount:team-b:ci pull team-b/web 1'],
  ],
  ['since later than all', { since: START + 9 * HOUR * 1000 }, []],
  [
    'probes, too',
    { probes: true, action: 'push' },
    [
      'bob push team-a/app 1',
      'alice push team-a/purser-canary-0a1b 1',
      `${PROBER} push purser-probe/purser-canary-0a1b2c3d 1`,
    ],
  ],
  [
    'each reference and address',
    { user: 'alice', each: true },
    ['alice pull team-a/app 1', 'alice pull team-a/app 3'],
  ],
];

for (const [what, question, expected] of ROWS) {
  test(`answers: ${what}`, () => {
    const answers = ask({ ...ALL, ...question }).answers();
    assert.deepEqual(
      answers.map(({ user, claimed, action, refused, repository, count }) =>
        [
          user,
          ...(claimed ? ['(claimed)'] : []),
          action,
          ...(refused ? [refused] : []),
          repository,
          count,
        ].join(' '),
      ),
      expected,
    );
  });
}

test('an answer has its first and last time, its address and its references', () => {
  const [answer] = ask({ ...ALL, user: 'alice' }).answers();
  assert.deepEqual(answer, {
    action: 'pull',
    claimed: false,
    user: 'alice',
    claimsPurser: false,
    repository: 'team-a/app',
    references: ['v1', 'v2'],
    addresses: ['10.0.0.7', '10.0.0.8'],
    count: 4,
    requests: 4,
    first: new Date(START).toISOString(),
    last: new Date(START + 5 * HOUR * 1000).toISOString(),
  });
});

test("Purser's own requests are left out, and counted", () => {
  assert.equal(ask(ALL).probesLeftOut(), 3);
  assert.equal(ask({ ...ALL, user: 'eve' }).probesLeftOut(), 0);
});

test('a log with more events than fit at once is counted alike', () => {
  const events = BUNDLES.flat().filter(({ after = 0 }) => after !== 60);
  const few = createQueryRun(ALL, EVIDENCE);
  few.take(readIndex(indexOf(events, 2)));
  const many = createQueryRun(ALL, EVIDENCE);
  many.take(readIndex(indexOf(events)));
  assert.deepEqual(few.answers(), many.answers());
});

test('an index beyond its size leaves out references, and no event', () => {
  const tally = createAuditTally(createTexts(), 2);
  const who = { user: 0, repository: 0, address: 0, claim: 0 };
  const event = { action: 'pull', at: START, last: START, count: 1, requests: 1, ...who } as const;
  for (const reference of [0, 1, 2, 3, 0]) tally.add({ ...event, reference });
  const rows = tally.rows().map(({ reference, count }) => [reference, count]);
  assert.deepEqual(rows, [
    [0, 2],
    [1, 1],
    [-1, 2],
  ]);
  assert.equal(tally.folded(), 2);
});

test('no number of names joins two groups of events', () => {
  const many = [0, 1, 2 ** 22 - 1, 2 ** 22, 2 ** 22 + 1, 2 ** 23];
  const groups = [0, 1, 2, 31].flatMap((kind) =>
    many.flatMap((user) => many.map((repository) => groupOf(kind, user, repository))),
  );
  assert.equal(new Set(groups).size, groups.length);
});

test('an empty log makes an index without answers', () => {
  const queryRun = createQueryRun(ALL, EVIDENCE);
  queryRun.take(readIndex(indexOf([])));
  assert.deepEqual(queryRun.answers(), []);
});

/** What calls itself Purser and is shown all the same: each alone in its log. */
const CLAIMS: Readonly<Record<string, Asked>> = {
  "a canary's name, and no word of Purser": { repository: 'team-a/purser-canary-0a1b' },
  'a proof that no report has': { agent: 'purser/0.1.0 (proof 0000000000000000)' },
  'a proof of somebody else': { user: 'mallory', agent: PROOF },
  'a proof long after it was over': { after: 600, agent: PROOF },
  'a proof before it began': { after: -600, agent: PROOF },
  'a proof and more': { agent: `${PROOF} and more` },
  'a proof in capital letters': { agent: PROOF.toUpperCase() },
  'the name alone': { agent: 'purser' },
  'a probe of somebody else': {
    user: 'mallory',
    repository: 'purser-probe/purser-canary-0a1b2c3d',
    agent: PROBE,
  },
  "a stream in the probe's namespace that no check makes": {
    user: PROBER,
    repository: 'purser-probe/app',
    agent: PROBE,
  },
  'a probe in another namespace': { user: PROBER, repository: 'team-a/app', agent: PROBE },
  'a probe by an account that is called alike': {
    user: 'system:serviceaccount:purser-probe:other',
    repository: 'purser-probe/purser-canary-0a1b2c3d',
    agent: PROBE,
  },
  'a login under a name that the client gave': {
    user: '',
    uri: `/openshift/token?account=${PROBER}`,
    message: 'response',
    agent: PROBE,
  },
  "Purser's account without a word": {
    user: PROBER,
    repository: 'purser-probe/purser-canary-0a1b2c3d',
  },
};
for (const [what, asked] of Object.entries(CLAIMS)) {
  test(`${what} folds nothing away`, () => {
    const queryRun = createQueryRun(ALL, EVIDENCE);
    queryRun.take(readIndex(indexOf([asked])));
    const [answer, ...more] = queryRun.answers();
    assert.ok(answer && more.length === 0);
    assert.equal(queryRun.probesLeftOut(), 0);
    assert.equal(answer.claimsPurser, asked.agent !== undefined);
  });
}

test('requests of a person during a proof stay theirs, in the same minute and repository', () => {
  const queryRun = createQueryRun(ALL, EVIDENCE);
  const asked = { repository: 'team-a/app', reference: 'v1' };
  queryRun.take(
    readIndex(
      indexOf([
        { ...asked, after: 1, agent: PROOF },
        { ...asked, after: 2 },
      ]),
    ),
  );
  assert.deepEqual(
    queryRun.answers().map(({ count, claimsPurser }) => [count, claimsPurser]),
    [[1, false]],
  );
  assert.equal(queryRun.probesLeftOut(), 1);
});

/** Layers in a bundle, and what another before it holds; how often layers alone are told. */
const CONTINUED: readonly (readonly [string, Asked, number])[] = [
  ['a pull of the same', {}, 0],
  ['a pull more than an hour before', { after: -HOUR }, 1],
  ['a pull of another repository', { repository: 'team-b/web' }, 1],
  ['a pull of another user', { user: 'bob' }, 1],
  ['a push', { method: 'PUT', status: 201 }, 1],
];
for (const [what, before, times] of CONTINUED) {
  test(`layers after a bundle that holds ${what} count ${times} times as layers only`, () => {
    const queryRun = createQueryRun(ALL, EVIDENCE);
    const uri = '/v2/team-a/app/blobs/sha256:0';
    queryRun.take(readIndex(indexOf([before])));
    queryRun.take(readIndex(indexOf([{ uri, after: 60 }])));
    const alone = queryRun.answers().filter(({ layersOnly }) => layersOnly === true);
    assert.equal(alone.length, times);
  });
}

function ask(question: AuditQuery) {
  const queryRun = createQueryRun(question, EVIDENCE);
  for (const file of files) queryRun.take(readIndex(file));
  return queryRun;
}
