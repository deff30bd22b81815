import assert from 'node:assert/strict';
import test from 'node:test';
import { cluster } from './the-cluster.ts';

const USERS = '/apis/user.openshift.io/v1/users';
const IDENTITIES = '/apis/user.openshift.io/v1/identities';
const MAPPINGS = '/apis/user.openshift.io/v1/useridentitymappings';
const GROUPS = '/apis/user.openshift.io/v1/groups';

function user(name: string, more: object = {}) {
  return { metadata: { name }, ...more };
}
function identity(provider: string, name: string) {
  return {
    metadata: { name: `${provider}:${name}` },
    providerName: provider,
    providerUserName: name,
  };
}

test('a wrong Identity name is rewritten to provider:user, and so collides', async () => {
  const { admin } = cluster;
  const right = await admin.create(IDENTITIES, identity('corp', 'rewritten'));
  assert.equal(right.code, 201);
  const wrong = { ...identity('corp', 'rewritten'), metadata: { name: 'corp:other' } };
  assert.equal((await admin.create(IDENTITIES, wrong)).code, 409);
  const coded = await admin.create(IDENTITIES, identity('corp', 'cn=x:y'));
  assert.equal(coded.body.metadata.name, 'corp:b64:Y249eDp5');
  const already = await admin.create(IDENTITIES, identity('corp', 'b64:YTpi'));
  assert.equal(already.body.metadata.name, 'corp:b64:YTpi');
  const moved = { ...right.body, providerName: 'other' };
  assert.equal((await admin.replace(`${IDENTITIES}/corp:rewritten`, moved)).code, 422);
});

test('Identities are selected by provider and user', async () => {
  const { admin } = cluster;
  await admin.create(IDENTITIES, identity('ldap', 'f1'));
  await admin.create(IDENTITIES, { ...identity('ldap', 'f2'), user: { name: 'u2', uid: '2' } });
  for (const [selector, names] of [
    ['providerName=ldap', ['ldap:f1', 'ldap:f2']],
    ['providerName=ldap,providerUserName=f1', ['ldap:f1']],
    ['user.name=u2', ['ldap:f2']],
    ['user.uid=2', ['ldap:f2']],
  ] as const) {
    const query = `fieldSelector=${encodeURIComponent(selector)}`;
    const { body } = await admin.get(`${IDENTITIES}?${query}`);
    assert.deepEqual(
      body.items.map(({ metadata }) => metadata.name),
      names,
      selector,
    );
  }
});

test('a UserIdentityMapping needs both sides, sets both, exists once and clears both', async () => {
  const { admin } = cluster;
  const mapping = (name: string) => ({
    metadata: { name: 'corp:mapped' },
    identity: { name: 'corp:mapped' },
    user: { name },
  });
  const without = await admin.create(MAPPINGS, mapping('mapped'));
  assert.deepEqual(
    [without.code, without.body.details?.causes?.[0]?.field],
    [422, 'identity.name'],
  );
  await admin.create(IDENTITIES, identity('corp', 'mapped'));
  const alone = await admin.create(MAPPINGS, mapping('mapped'));
  assert.deepEqual([alone.code, alone.body.details?.causes?.[0]?.field], [422, 'user.name']);
  const { body: owner } = await admin.create(USERS, user('mapped'));
  assert.equal((await admin.get(`${MAPPINGS}/corp:mapped`)).code, 404);

  const made = await admin.create(MAPPINGS, mapping('mapped'));
  assert.equal(made.code, 201, made.body.message);
  const sides = async () => {
    const { body: one } = await admin.get(`${IDENTITIES}/corp:mapped`);
    const { body: other } = await admin.get(`${USERS}/mapped`);
    return [one['user'], other['identities']];
  };
  const linked = [{ name: 'mapped', uid: owner.metadata.uid }, ['corp:mapped']];
  assert.deepEqual(await sides(), linked);
  const { body: identityNow } = await admin.get(`${IDENTITIES}/corp:mapped`);
  assert.equal(made.body.metadata.resourceVersion, identityNow.metadata.resourceVersion);
  assert.equal((await admin.create(MAPPINGS, mapping('mapped'))).code, 409);
  assert.equal((await admin.get(MAPPINGS)).code, 405);

  await admin.create(USERS, user('heir'));
  assert.equal((await admin.replace(`${MAPPINGS}/corp:mapped`, mapping('heir'))).code, 200);
  assert.deepEqual((await sides())[1], undefined);
  assert.equal((await admin.remove(`${MAPPINGS}/corp:mapped`)).code, 200);
  assert.deepEqual(await sides(), [{}, undefined]);
  assert.equal((await admin.remove(`${MAPPINGS}/corp:mapped`)).code, 404);
});

test('a deleted User leaves its Identity, and the next User of that name is another', async () => {
  const { admin } = cluster;
  const { body: first } = await admin.create(USERS, user('again', { identities: ['corp:again'] }));
  const held = { ...identity('corp', 'again'), user: { name: 'again', uid: first.metadata.uid } };
  await admin.create(IDENTITIES, held);
  await admin.remove(`${USERS}/again`);
  assert.equal((await admin.get(`${IDENTITIES}/corp:again`)).code, 200);
  const { body: second } = await admin.create(USERS, user('again', { identities: ['corp:again'] }));
  assert.notEqual(second.metadata.uid, first.metadata.uid);
  assert.equal((await admin.get(`${MAPPINGS}/corp:again`)).code, 404);
});

test('a Group may have no users, and no name with a colon', async () => {
  const { admin } = cluster;
  assert.equal(
    (await admin.create(GROUPS, { metadata: { name: 'empty' }, users: null })).code,
    201,
  );
  assert.equal((await admin.create(GROUPS, { metadata: { name: 'a:b' } })).code, 422);
  const { body } = await admin.create(GROUPS, {
    metadata: { generateName: 'team-' },
    users: ['x'],
  });
  assert.match(body.metadata.name, /^team-[0-9a-z]{5}$/);
});
