import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertSchema, evidenceOf, severityOf } from '../../src/alerts/model/alert.ts';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { matchesRoute } from '../../src/alerts/routing.ts';
import { episodeOf, messageKey, messageLines, titleOf } from '../../src/alerts/wording.ts';
import { alert, message } from './entries.ts';

const TITLES: readonly (readonly [Partial<Alert>, string])[] = [
  [{ state: 'firing' }, 'prod: write-path fails (storage)'],
  [
    { check: 'probe', cause: 'probe', severity: 'warning' },
    'prod: probe cannot run the checks (probe)',
  ],
  [{ state: 'flapping' }, 'prod: write-path is flapping (storage)'],
  [
    { state: 'reminder', at: '2026-11-24T09:38:00.000Z' },
    'prod: write-path still fails after 3 h (storage)',
  ],
  [{ state: 'resolved', at: '2026-11-24T06:50:00.000Z' }, 'prod: write-path resolved after 12 min'],
  [{ state: 'resolved', at: '2026-11-27T06:38:00.000Z' }, 'prod: write-path resolved after 3 d'],
  [{ state: 'resolved', at: '2026-11-24T06:38:30.000Z' }, 'prod: write-path resolved after 30 s'],
];

for (const [given, title] of TITLES) {
  test(`the title says: ${title}`, () => assert.equal(titleOf(message(given)), title));
}

test('a test says in its title that it is one', () => {
  assert.equal(titleOf({ ...message(), isTest: true }), 'prod: a test by Purser, nothing is wrong');
});

test('a message says check, cause, since when, last good, evidence, and the command for details', () => {
  const lines = messageLines({
    ...message({ advice: 'give the registry more storage', logs: 'collect-logs/prod/7' }),
    link: 'https://temporal.example.com/run',
  });
  assert.deepEqual(lines, [
    'a push is answered 500',
    'Check write-path of prod, severity critical, cause storage',
    'Since 2026-11-24 06:38:00 UTC; last good 2026-11-24 06:37:00 UTC',
    '- PATCH blob: 500 UNKNOWN',
    '- pull: 200',
    '- login: 200',
    'What to do: give the registry more storage',
    'Details: purser health status --target prod',
    'Run: https://temporal.example.com/run',
    'Logs: collect-logs/prod/7',
  ]);
});

test('a check that was never good says so', () => {
  const { lastGood: _, ...rest } = alert();
  const lines = messageLines({ alert: rest, command: 'x' });
  assert.ok(lines.some((line) => line.endsWith('last good never')));
});

test('a retry has the key of the first attempt, another message another one, and both have one episode', () => {
  const [first, reminder] = [alert(), alert({ state: 'reminder', at: '2026-11-24T10:38:00.000Z' })];
  assert.equal(messageKey(first), messageKey(alert({ evidence: [] })));
  assert.notEqual(messageKey(first), messageKey(reminder));
  assert.equal(episodeOf(first), episodeOf(reminder));
  assert.notEqual(episodeOf(first), episodeOf(alert({ since: '2026-11-24T06:39:00.000Z' })));
});

test('evidence is three lines, each in one line and cut, and passes the schema', () => {
  const evidence = evidenceOf(['a\nb\u001b[31m', 'x'.repeat(1_000), 'c', 'd']);
  assert.equal(evidence.length, 3);
  assert.equal(evidence[0], 'a b [31m');
  assert.equal(evidence[1]?.length, 300);
  alertSchema.parse(alert({ evidence }));
});

test('a check that could not run is not an outage', () => {
  assert.deepEqual((['unhealthy', 'degraded', 'unknown'] as const).map(severityOf), [
    'critical',
    'warning',
    'warning',
  ]);
});

const ROUTES: readonly (readonly [
  Partial<Alert>,
  { readonly targets?: readonly string[]; readonly severity?: 'warning' | 'critical' },
  boolean,
])[] = [
  [{}, {}, true],
  [{}, { targets: ['prod'] }, true],
  [{}, { targets: ['pro'] }, false],
  [{}, { targets: ['pro*', 'x'] }, true],
  [{ target: 'a.b' }, { targets: ['axb'] }, false],
  [{ target: 'axb' }, { targets: ['a.b'] }, false],
  [{ severity: 'warning', worst: 'warning' }, { severity: 'critical' }, false],
  [{ severity: 'warning', worst: 'warning' }, { severity: 'warning' }, true],
  // A receiver of the critical alert gets the resolution, too.
  [{ severity: 'warning', worst: 'critical', state: 'resolved' }, { severity: 'critical' }, true],
];

for (const [given, { targets = ['*'], severity = 'warning' }, matches] of ROUTES) {
  const about = JSON.stringify(given);
  test(`an alert ${about} is ${matches ? '' : 'not '}for targets ${targets.join()} from ${severity} on`, () => {
    assert.equal(matchesRoute({ name: 'n', targets, severity })(alert(given)), matches);
  });
}

test('a reply of a server is sent without the secrets that it repeated', () => {
  const given = {
    summary: 'a push is answered 500: Authorization: Bearer k8sA1b2C3d4E5f6G7h8',
    evidence: [
      'PATCH blob: 500 s3aws: password=hunter2',
      'GET https://bob:hunter2@s3.example/b: 403',
    ],
    advice: 'look at secretKey: hunter2',
  };
  const text = messageLines(message(given)).join('\n');
  assert.doesNotMatch(text, /hunter2|k8sA1b2/);
  assert.match(text, /^a push is answered 500: Authorization: Bearer \[REDACTED:bearer-token\]$/m);
  assert.match(text, /^- GET https:\/\/\[REDACTED:url-credentials\]@s3\.example\/b: 403$/m);
});
