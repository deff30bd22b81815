import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { AuditEvent } from '../../../src/logs/audit/parse-event.ts';
import { createEventBuffer } from '../../../src/logs/audit/event-buffer.ts';
import { readIndex } from '../../../src/logs/audit/index-file.ts';
import { createAuditTally } from '../../../src/logs/audit/tally.ts';
import { createTexts } from '../../../src/logs/audit/texts.ts';
import { indexOf, START } from './lines.ts';

const TOKEN = { uri: '/openshift/token', message: 'response', user: '', status: 401 } as const;

test('names that a client chooses make no index too large, and hide no known user', () => {
  // As JSON has them, each is of three kilobytes.
  const name = (number: number) => `${number}${'%01'.repeat(600)}`;
  const flood = Array.from({ length: 3000 }, (_, number) => ({
    ...TOKEN,
    uri: `${TOKEN.uri}?account=${name(number)}`,
    remote: `${number}`,
  }));
  const bytes = indexOf([...flood, { user: 'carol', after: 60 }]);
  assert.ok(zstdDecompressSync(bytes).length < 1.5 * 1024 * 1024);
  const { users, user, requests, deeds, deed } = readIndex(bytes);
  assert.equal(
    requests.reduce((sum, each) => sum + each),
    3001,
  );
  assert.ok(users.includes('[OTHERS]'));
  const carol = user.findIndex((number) => users[number] === 'carol');
  assert.equal(deeds[deed[carol] ?? -1], 'pull');
});

const ACT = {
  at: START,
  last: START,
  requests: 1,
  size: -1,
  repository: '',
  reference: '',
  address: '10.0.0.7',
  claim: '',
} as const;
function pull(user: string, number: number): AuditEvent {
  return {
    ...ACT,
    action: 'pull',
    user,
    repository: `team-a/app-${number}`,
    reference: 'v1',
  };
}
function claim(number: number): AuditEvent {
  return {
    ...ACT,
    action: 'claim',
    user: `nobody-${number}`,
    claim: 'purser',
  };
}

/** What a tally of at most two rows of each kind makes of these acts, in words. */
function tallied(events: readonly AuditEvent[]): readonly string[] {
  const texts = createTexts();
  const tally = createAuditTally(texts, 2);
  const all = createEventBuffer(texts);
  for (const event of events) all.add(event);
  all.count(tally.add);
  return tally
    .rows()
    .map((row) =>
      [
        `${row.count} ${row.action} of ${texts.users.textOf(row.user)}`,
        texts.repositories.textOf(row.repository),
        row.reference === -1 ? '' : texts.references.textOf(row.reference),
        texts.addresses.textOf(row.address),
        texts.claims.textOf(row.claim),
      ].join('|'),
    );
}

test('events under any number of names make no more rows than allowed, and displace no others', () => {
  const flood = Array.from({ length: 9 }, (_, number) => claim(number));
  assert.deepEqual(tallied([...flood, pull('carol', 1)]), [
    ...[0, 1, 2, 3].map((number) => `1 claim of nobody-${number}|||10.0.0.7|purser`),
    '5 claim of [OTHERS]|||[OTHERS]|purser',
    '1 pull of carol|team-a/app-1|v1|10.0.0.7|',
  ]);
});

test('a user whom the registry knows keeps the name, even if other texts are left out', () => {
  const flood = Array.from({ length: 9 }, (_, number) => pull('mallory', number));
  const rows = tallied([...flood, pull('carol', 1)]);
  assert.deepEqual(rows.slice(3), [
    '1 pull of mallory|team-a/app-3||10.0.0.7|',
    '5 pull of mallory|[OTHERS]||[OTHERS]|',
    '1 pull of carol|[OTHERS]||[OTHERS]|',
  ]);
});

test('texts without room become one, and those of unauthenticated clients displace no others', () => {
  const { users, claims } = createTexts({ known: 40, unauthenticated: 18 });
  const text = (name: string, isStranger: boolean) =>
    users.textOf(users.numberOf(name, isStranger));
  assert.deepEqual(
    ['one', 'two', 'three', 'four'].map((name) => text(name, true)),
    ['one', 'two', '[OTHERS]', '[OTHERS]'],
  );
  assert.deepEqual(
    ['alice', 'two', 'carol', '\u0001'.repeat(5)].map((name) => text(name, false)),
    ['alice', 'two', 'carol', '[OTHERS]'],
  );
  assert.equal(text('', true), '');
  assert.equal(claims.textOf(claims.numberOf('proof 0123456789abcdef', true)), 'purser');
});
