import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { objectNameOf } from '../../../sandbox/openshift-api/token-name.ts';
import { waitFor } from './harness.ts';
import { cluster } from './the-cluster.ts';
import { BASIC, CLIENTS, minted, secrets, token, TOKENS, uids, whoIs } from './tokens-fixture.ts';

const OWN_TOKENS = '/apis/oauth.openshift.io/v1/useroauthaccesstokens';

test('a token authenticates its user, with Group objects, both system groups and its scopes', async () => {
  const { code, body } = await whoIs(await minted('plain'));
  assert.equal(code, 201, body.message);
  const { userInfo } = body.status as { userInfo: Record<string, unknown> };
  assert.equal(userInfo['username'], 'plain');
  assert.equal(userInfo['uid'], uids.get('plain'));
  assert.deepEqual((userInfo['groups'] as string[]).toSorted(), [
    'developers',
    'system:authenticated',
    'system:authenticated:oauth',
  ]);
  const extra = userInfo['extra'] as Record<string, unknown>;
  assert.deepEqual(extra['scopes.authorization.openshift.io'], ['user:full']);
});

test('the bare secret and the name of the object are no tokens', async () => {
  const secret = await minted('plain');
  assert.equal((await whoIs(secret.slice('sha256~'.length))).code, 401);
  assert.equal((await whoIs(objectNameOf(secret) ?? '')).code, 401);
  assert.equal((await whoIs('sha256~unknown')).code, 401);
});

for (const [what, more, field] of [
  ['without clientName', { clientName: undefined }, 'clientName'],
  ['of a client that does not exist', { clientName: 'nobody' }, 'clientName'],
  ['without userName', { userName: undefined }, 'userName'],
  ['without userUID', { userUID: undefined }, 'userUID'],
  ['without scopes', { scopes: undefined }, 'scopes'],
  ['with empty scopes', { scopes: [] }, 'scopes'],
  ['with a scope nobody knows', { scopes: ['user:everything'] }, 'scopes[0]'],
  ['with a malformed role scope', { scopes: ['user:full', 'role:x'] }, 'scopes[1]'],
  ['without redirectURI', { redirectURI: undefined }, 'redirectURI'],
  ['with a negative expiresIn', { expiresIn: -1 }, 'expiresIn'],
  ['with a short name', { metadata: { name: 'sha256~short' } }, 'metadata.name'],
  ['whose name lacks sha256~', { metadata: { name: 'x'.repeat(50) } }, 'metadata.name'],
  [
    'with generateName',
    { metadata: { generateName: `sha256~${'x'.repeat(40)}` } },
    'metadata.name',
  ],
] as const) {
  test(`a token ${what} is refused at creation`, async () => {
    const { code, body } = await cluster.admin.create(TOKENS, token('plain', more).body);
    assert.equal(code, 422, body.message);
    assert.deepEqual(
      body.details?.causes?.map((cause) => cause.field),
      [field],
    );
  });
}

for (const [what, more] of [
  ['a user that does not exist', { userName: 'nobody', userUID: 'x' }],
  ["another user's UID", { userUID: 'wrong' }],
] as const) {
  test(`a token of ${what} can be made, and is refused at its use`, async () => {
    assert.equal((await whoIs(await minted('plain', more))).code, 401);
  });
}

for (const [what, more] of [
  ['a role that does not exist', { scopes: ['role:nothing:*', BASIC] }],
  ['an escalating role', { scopes: [BASIC, 'role:registry-editor:team-a:!'] }],
  ['a relative redirectURI', { redirectURI: 'none' }],
  ['no end', { expiresIn: 0 }],
  ['labels and annotations', { metadata: undefined }],
] as const) {
  test(`a token with ${what} can be made, and logs in`, async () => {
    const { secret, body } = token('plain', more);
    const metadata = { name: objectNameOf(secret), labels: { a: 'b' }, annotations: { c: 'd' } };
    assert.equal((await cluster.admin.create(TOKENS, { ...body, metadata })).code, 201);
    assert.equal((await whoIs(secret)).code, 201);
  });
}

test('tokens are selected by user, client and label', async () => {
  const { admin } = cluster;
  const { secret, body } = token('viewer');
  const name = objectNameOf(secret);
  const labels = { found: 'me' };
  await admin.create(TOKENS, { ...body, metadata: { name, labels } });
  for (const query of [
    'fieldSelector=userName%3Dviewer',
    `fieldSelector=userUID%3D${uids.get('viewer')},clientName%3Dconsole`,
    'labelSelector=found',
  ]) {
    const { body: list } = await admin.get(`${TOKENS}?${query}`);
    const names = list.items.map(({ metadata }) => metadata.name);
    assert.ok(names.includes(name ?? ''), query);
    assert.ok(
      list.items.every((item) => item['userName'] === 'viewer'),
      query,
    );
  }
  assert.deepEqual((await admin.get(`${TOKENS}?fieldSelector=clientName%3Dnone`)).body.items, []);
});

test('a token keeps what it was made with; labels may change', async () => {
  const path = `${TOKENS}/${objectNameOf(await minted('plain'))}`;
  assert.equal((await cluster.admin.merge(path, { expiresIn: 1 })).code, 422);
  assert.equal((await cluster.admin.merge(path, { scopes: ['user:info'] })).code, 422);
  assert.equal((await cluster.admin.merge(path, { inactivityTimeoutSeconds: 300 })).code, 422);
  const { code } = await cluster.admin.merge(path, { metadata: { labels: { x: 'y' } } });
  assert.equal(code, 200);
});

test('a change of what a token was made with is refused by the field [], the whole object', async () => {
  const path = `${TOKENS}/${objectNameOf(await minted('plain'))}`;
  const { body } = await cluster.admin.merge(path, { expiresIn: 1 });
  assert.deepEqual(
    body.details?.causes?.map(({ field }) => field),
    ['[]'],
  );
});

test('a DELETE of a token answers the token, and an expiresIn of 0 is left out', async () => {
  const { admin } = cluster;
  const { body: endless } = token('plain', { expiresIn: 0 });
  const made = await admin.create(TOKENS, endless);
  assert.equal(made.code, 201, made.body.message);
  const path = `${TOKENS}/${made.body.metadata.name}`;
  const { body: read } = await admin.get(path);
  const { body: gone } = await admin.remove(path);
  for (const shown of [made.body, read, gone]) {
    assert.deepEqual(
      [shown.kind, shown['userName'], 'expiresIn' in shown],
      ['OAuthAccessToken', 'plain', false],
    );
  }
  assert.equal(gone.metadata.uid, made.body.metadata.uid);
  assert.equal((await admin.get(path)).code, 404);
});

test("TokenReview tells kube-apiserver's reason and the stand-in's", async () => {
  const tokenReview = async (secret: string) => {
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: secret },
    };
    const path = '/apis/authentication.k8s.io/v1/tokenreviews';
    return (await cluster.admin.create(path, body)).body.status;
  };
  const status = (why: string) => ({ error: `[invalid bearer token, ${why}]`, user: {} });
  assert.deepEqual(await tokenReview('sha256~nobody-has-it'), status('token lookup failed'));
  const stranger = await minted('plain', { userName: 'nobody', userUID: 'x' });
  assert.deepEqual(
    await tokenReview(stranger),
    status('users.user.openshift.io "nobody" not found'),
  );
});

test('a token deleted before its first use is dead at once', async () => {
  const secret = await minted('plain');
  assert.equal((await cluster.admin.remove(`${TOKENS}/${objectNameOf(secret)}`)).code, 200);
  assert.equal((await whoIs(secret)).code, 401);
});

test("a client's scope restrictions hold when a token is made", async () => {
  const { admin } = cluster;
  await admin.create(CLIENTS, {
    metadata: { name: 'purser' },
    grantMethod: 'prompt',
    scopeRestrictions: [
      { literals: [BASIC] },
      {
        clusterRole: { roleNames: ['registry-viewer'], namespaces: ['*'], allowEscalation: false },
      },
    ],
  });
  for (const [scopes, code] of [
    [[BASIC, 'role:registry-viewer:team-a'], 201],
    [['user:full'], 422],
    [[BASIC, 'role:registry-editor:team-a'], 422],
    [['role:registry-viewer:team-a:!'], 422],
  ] as const) {
    const { body } = token('plain', { clientName: 'purser', scopes });
    assert.equal((await admin.create(TOKENS, body)).code, code, scopes.join(' '));
  }
});

test('deleting the client does not stop its tokens', async () => {
  await cluster.admin.create(CLIENTS, { metadata: { name: 'leaving' }, grantMethod: 'auto' });
  const secret = await minted('plain', { clientName: 'leaving' });
  assert.equal((await cluster.admin.remove(`${CLIENTS}/leaving`)).code, 200);
  assert.equal((await whoIs(secret)).code, 201);
});

for (const [what, client, code] of [
  ['no grantMethod', {}, 422],
  ['the grantMethod deny', { grantMethod: 'deny' }, 422],
  ['an inactivity timeout under 300 s', { accessTokenInactivityTimeoutSeconds: 299 }, 422],
  ['an empty restriction', { scopeRestrictions: [{}] }, 422],
  ['an inactivity timeout of 300 s', { accessTokenInactivityTimeoutSeconds: 300 }, 201],
] as const) {
  test(`an OAuthClient with ${what} answers ${code}`, async () => {
    const grant = what === 'no grantMethod' ? {} : { grantMethod: 'auto' };
    const metadata = { generateName: 'client-' };
    const answer = await cluster.admin.create(CLIENTS, { metadata, ...grant, ...client });
    assert.equal(answer.code, code, answer.body.message);
  });
}

test("a user sees and deletes own tokens, and nobody else's", async () => {
  const mine = await minted('viewer');
  const others = objectNameOf(await minted('editor'));
  const viewer = cluster.as(mine);
  const { body: list } = await viewer.get(OWN_TOKENS);
  assert.equal(list.kind, 'UserOAuthAccessTokenList');
  const names = list.items.map(({ metadata }) => metadata.name);
  assert.ok(names.includes(objectNameOf(mine) ?? ''));
  assert.ok(list.items.every((item) => item['userName'] === 'viewer'));
  assert.equal((await viewer.get(`${OWN_TOKENS}/${others}`)).code, 404);
  assert.equal((await viewer.remove(`${OWN_TOKENS}/${others}`)).code, 404);
  assert.equal((await viewer.get(TOKENS)).code, 403);
  const spare = objectNameOf(await minted('viewer'));
  assert.equal((await viewer.remove(`${OWN_TOKENS}/${spare}`)).code, 200);
  assert.equal((await cluster.admin.get(`${TOKENS}/${spare}`)).code, 404);
});

test('an expired token is gone for a watcher, and one not used in time is refused', async () => {
  const idle = await minted('plain', { inactivityTimeoutSeconds: 1 });
  const brief = await minted('plain', { expiresIn: 2 });
  const name = objectNameOf(brief);
  const enough = AbortSignal.timeout(20_000);
  const query = `watch=true&fieldSelector=metadata.name%3D${name}`;
  const types: string[] = [];
  for await (const { type } of cluster.admin.watch(`${TOKENS}?${query}`, enough)) {
    types.push(type);
    if (type === 'DELETED') break;
  }
  assert.deepEqual(types, ['ADDED', 'DELETED']);
  assert.equal((await cluster.admin.get(`${TOKENS}/${name}`)).code, 404);
  assert.equal((await whoIs(brief)).code, 401);
  // The lease takes at least two seconds, which have passed for this token too.
  assert.equal((await whoIs(idle)).code, 401);
});

test("the first use moves a token's inactivity timeout on, or erases it where the client has none", async () => {
  const { admin } = cluster;
  const metadata = { name: 'timing' };
  const timing = { metadata, grantMethod: 'auto', accessTokenInactivityTimeoutSeconds: 900 };
  await admin.create(CLIENTS, timing);
  for (const [clientName, check] of [
    ['console', (seconds: unknown) => seconds === undefined],
    ['timing', (seconds: unknown) => Number(seconds) >= 900],
  ] as const) {
    const secret = await minted('plain', { clientName, inactivityTimeoutSeconds: 300 });
    assert.equal((await whoIs(secret)).code, 201);
    const { body } = await admin.get(`${TOKENS}/${objectNameOf(secret)}`);
    assert.ok(check(body['inactivityTimeoutSeconds']), clientName);
  }
});

test('a token that is extended on use still ends with its lease', async () => {
  const more = { expiresIn: 3, inactivityTimeoutSeconds: 300 };
  const secret = await minted('plain', more);
  assert.equal((await whoIs(secret)).code, 201);
  const path = `${TOKENS}/${objectNameOf(secret)}`;
  assert.equal((await cluster.admin.get(path)).body['inactivityTimeoutSeconds'], undefined);
  await waitFor('the end of the lease', async () => (await cluster.admin.get(path)).code === 404);
});

test('the ledger names every token made, and no secret is in it or in the log', async () => {
  const secret = await minted('plain');
  const ledger = readFileSync(cluster.ledger, 'utf8').trim().split('\n');
  const made = (await cluster.admin.get(TOKENS)).body.items.map(({ metadata }) => metadata.name);
  assert.ok(ledger.includes(objectNameOf(secret) ?? ''));
  assert.deepEqual(
    made.filter((name) => !ledger.includes(name)),
    [],
  );
  await cluster.admin.get(`${TOKENS}/${secret}`);
  const log = readFileSync(cluster.log, 'utf8');
  assert.match(log, /oauthaccesstokens\/sha256~…/);
  assert.deepEqual(
    secrets.filter((one) => log.includes(one.slice(7)) || ledger.includes(one)),
    [],
  );
});
