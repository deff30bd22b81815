import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrant } from '../../../src/access/grants/bindings.ts';
import { findAlike, findGrants } from '../../../src/access/grants/find.ts';
import { staleness } from '../../../src/access/grants/record.ts';
import { parseAccess } from '../../../src/access/model/access.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { GRANT, IN_TEAM_A, NAME, start } from './grant.ts';

const { access } = GRANT;
function user(name: string): Subject {
  return { kind: 'User', name };
}

test("a grant is found by its name, and by the label of any of the subject's names", async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, GRANT);
  await createGrant(cluster, { ...GRANT, subject: user('corp:alice') });
  await createGrant(cluster, { ...GRANT, subject: user('bob') });
  await createGrant(cluster, { ...GRANT, access: parseAccess('push:team-a') });
  const names = [user('alice'), user('corp:alice')];
  const { grants, foreign } = await findGrants(cluster, { names, access });
  assert.deepEqual(
    grants.map(({ binding, subject }) => `${subject.name}: ${binding.metadata.name}`).sort(),
    [`alice: ${NAME}`, 'corp:alice: purser:pull:User:corp:alice'],
  );
  assert.deepEqual(foreign, []);
});

test('a grant under a name of its own is found by its label', async (t) => {
  const { store, cluster } = await start(t);
  const { binding } = await createGrant(cluster, GRANT);
  store.objects.clear();
  store.put(IN_TEAM_A, { ...binding, metadata: { ...binding.metadata, name: 'renamed' } });
  const { grants } = await findGrants(cluster, { names: [user('alice')], access });
  assert.deepEqual(
    grants.map(({ binding: found }) => found.metadata.name),
    ['renamed'],
  );
});

test("a grant is found if the person's name looks like a kind, and was recorded without a kind", async (t) => {
  const { store, cluster } = await start(t);
  const subject = user('sa/ci:builder');
  const { binding } = await createGrant(cluster, { ...GRANT, subject });
  const annotations = { ...binding.metadata.annotations, 'purser.dev/subject': subject.name };
  store.put(IN_TEAM_A, { ...binding, metadata: { ...binding.metadata, annotations } });
  const { grants } = await findGrants(cluster, { names: [subject], access });
  assert.deepEqual(
    grants.map(({ subject: found }) => found),
    [subject],
  );
});

test('a binding that the archive names is found, also if the subject has another name today', async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, { ...GRANT, subject: user('old:alice') });
  const sought = { names: [user('alice')], access };
  assert.deepEqual((await findGrants(cluster, sought)).grants, []);
  const bindings = ['purser:pull:User:old:alice'];
  const { grants } = await findGrants(cluster, { ...sought, bindings });
  assert.deepEqual(
    grants.map(({ subject }) => subject.name),
    ['old:alice'],
  );
});

test('a binding that a report names is not revoked if it belongs to another owner', async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, { ...GRANT, subject: user('bob') });
  await createGrant(cluster, { ...GRANT, subject: { kind: 'Group', name: 'alice' } });
  const bindings = ['purser:pull:User:bob', 'purser:pull:Group:alice'];
  const { grants, foreign } = await findGrants(cluster, {
    names: [user('alice')],
    access,
    bindings,
  });
  assert.deepEqual(grants, []);
  assert.equal(foreign.length, 2);
});

for (const [what, labels, annotations] of [
  ['has no label', {}, { 'purser.dev/made-by': 'onboard/x/run-1' }],
  ['does not say by which run it was made', { 'purser.dev/managed': 'grant' }, {}],
] as const) {
  test(`a binding of that name that ${what} belongs to another owner`, async (t) => {
    const { store, cluster } = await start(t);
    const roleRef = { kind: 'ClusterRole', name: 'edit' };
    store.put(IN_TEAM_A, { metadata: { name: NAME, labels, annotations }, roleRef });
    const { grants, foreign } = await findGrants(cluster, { names: [user('alice')], access });
    assert.deepEqual(grants, []);
    assert.equal(foreign.length, 1);
  });
}

test('names with the same ending are hints, for the same access and kind only', async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, { ...GRANT, subject: user('corp:alice') });
  await createGrant(cluster, { ...GRANT, subject: { kind: 'Group', name: 'x:alice' } });
  await createGrant(cluster, {
    ...GRANT,
    subject: user('other:alice'),
    access: parseAccess('push:team-a'),
  });
  assert.deepEqual(await findAlike(cluster, { names: [user('alice')], access }), ['corp:alice']);
});

const STALE: readonly (readonly [
  string,
  string | undefined,
  string | undefined,
  RegExp | undefined,
])[] = [
  ['the same uid', 'u-1', 'u-1', undefined],
  ['another uid', 'u-1', 'u-2', /recorded for uid u-1, and alice has the uid u-2 now/],
  ['nobody', 'u-1', undefined, /recorded for uid u-1, and there is no alice any more/],
  ['a uid where none was recorded', undefined, 'u-2', undefined],
];
for (const [what, recorded, uid, says] of STALE) {
  test(`a grant whose subject has ${what} is ${says === undefined ? 'not ' : ''}stale`, () => {
    const note = { subject: 'alice', ...(recorded === undefined ? {} : { subjectUid: recorded }) };
    const said = staleness(note, uid);
    if (says === undefined) assert.equal(said, undefined);
    else assert.match(said ?? '', says);
  });
}
