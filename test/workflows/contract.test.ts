import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAccess } from '../../src/access/model/access.ts';
import { subjectSchema } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import {
  failureLogsId,
  healthId,
  isRunOf,
  logsId,
  manualHealthId,
  notifyId,
  onboardId,
  proofQueue,
  readId,
  revokeId,
  SEARCH_ATTRIBUTES,
  subjectAttribute,
  sweepId,
  targetQueue,
} from '../../workflows/contract.ts';

const IDS: readonly (readonly [Subject, string])[] = [
  [{ kind: 'User', name: 'alice' }, 'onboard/prod/User/alice'],
  [{ kind: 'Group', name: 'devs' }, 'onboard/prod/Group/devs'],
  [
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
    'onboard/prod/ServiceAccount/team-a%3Aci',
  ],
  [{ kind: 'User', name: 'jane@corp.example' }, 'onboard/prod/User/jane%40corp.example'],
  // A name with a slash must not pass for another subject's id.
  [{ kind: 'User', name: '../Group/devs' }, 'onboard/prod/User/..%2FGroup%2Fdevs'],
  [{ kind: 'User', name: 'a%2Fb' }, 'onboard/prod/User/a%252Fb'],
];

for (const [subject, id] of IDS) {
  test(`an onboarding has the id ${id}, and a revocation one of its own`, () => {
    assert.equal(onboardId('prod', subject), id);
    assert.equal(revokeId('prod', subject), id.replace('onboard', 'revoke'));
  });
}

test('a target has a queue for its steps, and one for what takes tokens', () => {
  assert.equal(targetQueue('prod'), 'purser.prod');
  assert.equal(proofQueue('prod'), 'purser.prod.proof');
});

test('the search attributes fit SQL visibility: ten keywords and three of other types', () => {
  const types = Object.values(SEARCH_ATTRIBUTES).map(({ type }) => type);
  assert.ok(types.filter((type) => type === 'KEYWORD').length <= 10);
  for (const other of ['KEYWORD_LIST', 'DATETIME']) {
    assert.ok(types.filter((type) => type === other).length <= 3);
  }
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

// PostgreSQL and MySQL keep VARCHAR(255); the sandbox's SQLite keeps anything, so that only this shows it.
const KEPT = 255;
const TARGET = 't'.repeat(63);
const SCHEDULED = '-2026-11-28T12:00:00Z';
const LONGEST: readonly Subject[] = [
  { kind: 'User', name: 'a'.repeat(253) },
  { kind: 'User', name: '\u{1d11e}'.repeat(126) },
  { kind: 'User', name: `CN=Jane Dœ,${'OU=Ärzte und Ärztinnen,'.repeat(10)}DC=x` },
  { kind: 'Group', name: 'é'.repeat(253) },
  { kind: 'ServiceAccount', namespace: 'n'.repeat(63), name: 's'.repeat(253) },
];

for (const subject of LONGEST) {
  const name = `${subject.kind} ${subject.name.slice(0, 12)}…`;
  test(`the ids and the search attribute of ${name} fit what SQL databases keep`, () => {
    assert.ok(subjectSchema.safeParse(subject).success, 'the story needs a name that is allowed');
    for (const id of [onboardId(TARGET, subject), revokeId(TARGET, subject)]) {
      assert.ok(id.length <= KEPT, `${id.length}: ${id}`);
      assert.match(id, /^[\x21-\x7e]+$/);
    }
    const attribute = subjectAttribute(subject);
    assert.ok(attribute.length <= KEPT, `${attribute.length}`);
    assert.ok(attribute.isWellFormed(), 'a character was cut in half');
  });

  test(`two subjects like ${name} that differ at their ends only share no id`, () => {
    const other = { ...subject, name: `${subject.name.slice(0, -2)}bb` };
    assert.notEqual(onboardId(TARGET, subject), onboardId(TARGET, other));
    assert.notEqual(subjectAttribute(subject), subjectAttribute(other));
    assert.equal(onboardId(TARGET, subject), onboardId(TARGET, { ...subject }));
  });
}

test('a name that is made to look like a shortened one does not get its id', () => {
  const id = onboardId(TARGET, { kind: 'User', name: 'a'.repeat(253) });
  const lookalike = id.slice(`onboard/${TARGET}/User/`.length);
  assert.notEqual(onboardId(TARGET, { kind: 'User', name: lookalike }), id);
});

const ODD = ['a/b', 'a b', 'é', '\u{1d11e}', '%', '%2F', '..', '', '\ud800', '~', "'", '?#&', '\n'];
// No target is named so (src/domain/request.ts); an id must not depend on that.
const TARGETS = [TARGET, 't'.repeat(300), 'é'.repeat(100), ...ODD];
const at = new Date(0).toISOString();
const OTHERS: Readonly<Record<string, (target: string) => string>> = {
  'the schedule of sweeps, as Temporal keeps it': (target) =>
    `temporal-sys-scheduler:${sweepId(target)}`,
  'a scheduled health check': (target) => `${healthId(target)}${SCHEDULED}`,
  'a health check by hand': manualHealthId,
  'a scheduled collection of logs': (target) => `${logsId(target)}${SCHEDULED}`,
  'a collection around a failure': (target) => failureLogsId(target, at),
  'the messages about a check': (target) => notifyId(target, 'write-path'),
  'the messages about a check with a long name': (target) => notifyId(target, 'c'.repeat(300)),
  'a read': (target) => readId('readHealthHistory', target, crypto.randomUUID()),
  'an onboarding': (target) => onboardId(target, { kind: 'User', name: 'alice' }),
  'a revocation': (target) => revokeId(target, { kind: 'User', name: 'alice' }),
};

for (const [name, idOf] of Object.entries(OTHERS)) {
  test(`the id of ${name} fits, whatever the target is called`, () => {
    for (const target of TARGETS) {
      const id = idOf(target);
      assert.ok(Buffer.byteLength(id) <= KEPT, id);
      assert.match(id, /^[\x21-\x7e]+$/, 'an id is ASCII');
    }
  });

  test(`two targets that differ at their ends only share no id of ${name}`, () => {
    const head = 't'.repeat(250);
    assert.notEqual(idOf(`${head}a`), idOf(`${head}b`));
    assert.ok(idOf(`${head}a`).includes('t'.repeat(100)), 'the beginning stays readable');
  });
}

test('a name with a slash never makes one id of two', () => {
  for (const odd of ODD) assert.equal(notifyId(odd, 'pods').split('/').length, 3, odd);
  assert.notEqual(notifyId('a/b', 'c'), notifyId('a', 'b/c'));
  assert.notEqual(notifyId('a%2Fb', 'c'), notifyId('a/b', 'c'));
});

test('what an access is called fits a search attribute', () => {
  for (const access of [
    formatAccess({ level: 'metrics' }),
    formatAccess({ level: 'admin', namespace: TARGET }),
  ]) {
    assert.ok(access.length <= KEPT, access);
  }
});

test('a run of a schedule is known by the time in its id, and by nothing else', () => {
  assert.ok(isRunOf('health/prod', `health/prod${SCHEDULED}`));
  for (const other of [
    'health/prod',
    'health/prod-2',
    `health/prod-2${SCHEDULED}`,
    `health/prod${SCHEDULED}x`,
    'health/prod/manual',
  ]) {
    assert.equal(isRunOf('health/prod', other), false, other);
  }
});
