import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERTED } from '../../src/health/model/checks.ts';
import { formatAccess } from '../../src/access/model/access.ts';
import { subjectSchema } from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';
import {
  failureLogsId,
  manualHealthId,
  healthId,
  isRunOf,
  logsId,
  notifyId,
  onboardId,
  proofQueue,
  revokeId,
  SEARCH_ATTRIBUTES,
  subjectAttribute,
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

test('every other id fits, with the time that a schedule adds', () => {
  const at = new Date(0).toISOString();
  const ids = [
    `${healthId(TARGET)}${SCHEDULED}`,
    `${logsId(TARGET)}${SCHEDULED}`,
    manualHealthId(TARGET),
    failureLogsId(TARGET, at),
    ...ALERTED.map((check) => notifyId(TARGET, check)),
    formatAccess({ level: 'metrics' }),
    formatAccess({ level: 'admin', namespace: TARGET }),
  ];
  for (const id of ids) assert.ok(id.length <= KEPT, id);
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
