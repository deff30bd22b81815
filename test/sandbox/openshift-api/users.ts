import assert from 'node:assert/strict';
import test from 'node:test';
import { cluster } from './the-cluster.ts';

const USERS = '/apis/user.openshift.io/v1/users';

function user(name: string, more: object = {}) {
  return { metadata: { name }, ...more };
}

for (const [name, code] of [
  ['jane', 201],
  ['Jane.Doe@example.com', 201],
  ['b64:YTpi', 201],
  ['b64:a:b', 201],
  ['a:b', 422],
  ['~', 422],
  ['..', 422],
  ['a/b', 422],
  ['a%b', 422],
] as const) {
  test(`creating the User ${name} answers ${code}`, async () => {
    const { code: answered, body } = await cluster.admin.create(USERS, user(name));
    assert.equal(answered, code, body.message);
    if (code === 422) {
      assert.equal(body.reason, 'Invalid');
      assert.deepEqual([body.details?.kind, body.details?.name], ['User', name]);
      assert.deepEqual(
        body.details?.causes?.map(({ field, reason }) => [field, reason]),
        [['metadata.name', 'FieldValueInvalid']],
      );
    }
  });
}

for (const [what, body, field] of [
  ['groups', user('bad', { groups: ['x'] }), 'groups'],
  ['an identity without provider', user('bad', { identities: ['x'] }), 'identities[0]'],
  [
    'a label value with @',
    { metadata: { name: 'bad', labels: { of: 'jane@x' } } },
    'metadata.labels',
  ],
  ['no name', { metadata: {} }, 'metadata.name'],
] as const) {
  test(`a User with ${what} is refused by the field`, async () => {
    const { code, body: status } = await cluster.admin.create(USERS, body);
    assert.equal(code, 422, status.message);
    assert.equal(status.details?.causes?.[0]?.field, field);
  });
}

test('a GET of an invalid User name is 422, and of an unused one 404', async () => {
  assert.equal((await cluster.admin.get(`${USERS}/a:b`)).code, 422);
  const { code, body } = await cluster.admin.get(`${USERS}/nobody`);
  assert.equal(code, 404);
  assert.equal(body.message, 'users.user.openshift.io "nobody" not found');
  assert.deepEqual(body.details, { name: 'nobody', group: 'user.openshift.io', kind: 'users' });
});

test('a User is created once, replaced by its newest version only, and deleted by its own UID', async () => {
  const { admin } = cluster;
  const { body: made } = await admin.create(USERS, user('once', { fullName: 'One' }));
  const again = await admin.create(USERS, user('once'));
  assert.deepEqual([again.code, again.body.reason], [409, 'AlreadyExists']);

  const changed = await admin.replace(`${USERS}/once`, { ...made, fullName: 'Two' });
  assert.equal(changed.code, 200, changed.body.message);
  assert.ok(Number(changed.body.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
  const stale = await admin.replace(`${USERS}/once`, { ...made, fullName: 'Three' });
  assert.deepEqual([stale.code, stale.body.reason], [409, 'Conflict']);
  const blind = await admin.replace(`${USERS}/once`, user('once'));
  assert.equal(blind.code, 422);

  const others = await admin.remove(`${USERS}/once`, { preconditions: { uid: 'another' } });
  assert.deepEqual([others.code, others.body.reason], [409, 'Conflict']);
  assert.equal(
    others.body.message,
    `Operation cannot be fulfilled on User.user.openshift.io "once": the UID in the precondition (another) does not match the UID in record (${made.metadata.uid}). The object might have been deleted and then recreated`,
  );
  const older = { preconditions: { resourceVersion: made.metadata.resourceVersion } };
  assert.equal((await admin.remove(`${USERS}/once`, older)).code, 409);
  const gone = await admin.remove(`${USERS}/once`, {
    preconditions: { uid: made.metadata.uid },
  });
  assert.deepEqual([gone.code, gone.body.status], [200, 'Success']);
  assert.equal(gone.body.details?.uid, made.metadata.uid);
  assert.equal((await admin.remove(`${USERS}/once`)).code, 404);
});

test('an unmapped User has no identities, and groups that are null', async () => {
  const { body: made } = await cluster.admin.create(USERS, user('unmapped'));
  const { body: read } = await cluster.admin.get(`${USERS}/unmapped`);
  const { body: list } = await cluster.admin.get(`${USERS}?fieldSelector=metadata.name%3Dunmapped`);
  for (const shown of [made, read, list.items[0] ?? made]) {
    assert.deepEqual([shown['groups'], 'identities' in shown], [null, false]);
  }
});

test('a PUT of what was read changes nothing', async () => {
  const { body: made } = await cluster.admin.create(USERS, user('put-back'));
  const { body: put } = await cluster.admin.replace(`${USERS}/put-back`, made);
  assert.equal(put.metadata.resourceVersion, made.metadata.resourceVersion);
});

test('five patches at the same time are all kept', async () => {
  await cluster.admin.create(USERS, user('patched'));
  const numbers = Array.from({ length: 5 }, (_, index) => String(index));
  const codes = await Promise.all(
    numbers.map(async (number) => {
      const labels = { [`n${number}`]: number };
      return (await cluster.admin.merge(`${USERS}/patched`, { metadata: { labels } })).code;
    }),
  );
  assert.deepEqual(new Set(codes), new Set([200]));
  const { body } = await cluster.admin.get(`${USERS}/patched`);
  assert.deepEqual(Object.values(body.metadata.labels ?? {}).toSorted(), numbers);
});

test('a patch may name the version it is for, and apply is refused with advice', async () => {
  const { body: made } = await cluster.admin.create(USERS, user('versioned'));
  const metadata = { resourceVersion: '1' };
  const stale = await cluster.admin.merge(`${USERS}/versioned`, { metadata, fullName: 'x' });
  assert.equal(stale.code, 409);
  const operations = [{ op: 'add', path: '/fullName', value: 'Versioned' }];
  const type = 'application/json-patch+json';
  const json = await cluster.admin.send('PATCH', `${USERS}/versioned`, { body: operations, type });
  assert.deepEqual([json.code, json.body['fullName']], [200, 'Versioned']);
  assert.equal(json.body.metadata.uid, made.metadata.uid);
  const applied = await cluster.admin.send('PATCH', `${USERS}/versioned?fieldManager=x`, {
    body: user('versioned'),
    type: 'application/apply-patch+yaml',
  });
  assert.equal(applied.code, 415);
  assert.match(applied.body.message, /create and update, not apply/);
});

test('a dry run answers like a real request and changes nothing', async () => {
  const { admin } = cluster;
  assert.equal((await admin.create(`${USERS}?dryRun=All`, user('dry'))).code, 201);
  assert.equal((await admin.get(`${USERS}/dry`)).code, 404);
  await admin.create(USERS, user('dry'));
  assert.equal((await admin.merge(`${USERS}/dry?dryRun=All`, { fullName: 'x' })).code, 200);
  assert.equal((await admin.remove(`${USERS}/dry?dryRun=All`)).code, 200);
  assert.equal((await admin.remove(`${USERS}/dry`, { dryRun: ['All'] })).code, 200);
  assert.equal((await admin.get(`${USERS}/dry`)).body['fullName'], undefined);
});

test('a list is selected by label and field, and a collection deleted by label', async () => {
  const { admin } = cluster;
  for (const name of ['sel-a', 'sel-b', 'sel-c']) {
    const labels = { set: 'sel', one: name };
    await admin.create(USERS, { metadata: { name, labels } });
  }
  const namesOf = async (query: string) => {
    const { body } = await admin.get(`${USERS}?${query}`);
    assert.equal(body.kind, 'UserList');
    return body.items.map(({ metadata }) => metadata.name);
  };
  assert.deepEqual(await namesOf('labelSelector=set%3Dsel'), ['sel-a', 'sel-b', 'sel-c']);
  assert.deepEqual(await namesOf('labelSelector=one+in+(sel-a,sel-c)'), ['sel-a', 'sel-c']);
  assert.deepEqual(await namesOf('fieldSelector=metadata.name%3Dsel-b'), ['sel-b']);
  assert.equal((await admin.get(`${USERS}?fieldSelector=fullName%3Dx`)).code, 400);
  const removed = await admin.remove(`${USERS}?labelSelector=set%3Dsel,one!%3Dsel-b`);
  assert.deepEqual([removed.code, removed.body.items.length], [200, 2]);
  assert.deepEqual(await namesOf('labelSelector=set%3Dsel'), ['sel-b']);
});

test('users/~ is the caller, without a uid where there is no User object', async () => {
  const { body } = await cluster.admin.get(`${USERS}/~`);
  assert.deepEqual(body['groups'], ['system:authenticated', 'system:masters']);
  assert.deepEqual([body.metadata.name, body.metadata.uid], ['admin', undefined]);
  assert.equal('identities' in body, false);
});
