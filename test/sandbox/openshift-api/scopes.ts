import assert from 'node:assert/strict';
import test from 'node:test';
import { cluster } from './the-cluster.ts';
import { BASIC, minted, review, SSR, uids, USERS } from './tokens-fixture.ts';

const SSAR = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** The registry's two reviews: who is the caller, and is the action allowed (openshift-facts.md 1.6). */
async function registryAnswers(secret: string): Promise<[boolean, boolean, boolean]> {
  const client = cluster.as(secret);
  const login = (await client.create(SSR, review)).code === 201;
  const may = async (verb: string): Promise<boolean> => {
    const resourceAttributes = {
      namespace: 'team-a',
      verb,
      group: 'image.openshift.io',
      resource: 'imagestreams/layers',
      name: 'app',
    };
    const { code, body } = await client.create(SSAR, { spec: { resourceAttributes } });
    return login && code === 201 && (body.status as { allowed: boolean }).allowed;
  };
  const pull = await may('get');
  return [login, pull, pull && (await may('update'))];
}

for (const [scopes, user, expected] of [
  [['user:full'], 'viewer', [true, true, false]],
  [['user:full'], 'editor', [true, true, true]],
  [['user:info'], 'viewer', [false, false, false]],
  [['user:info', 'user:check-access'], 'viewer', [false, false, false]],
  [
    ['user:info', 'user:check-access', 'role:registry-viewer:team-a'],
    'viewer',
    [false, false, false],
  ],
  [[BASIC, 'role:registry-viewer:team-a'], 'viewer', [true, true, false]],
  [[BASIC, 'role:system:image-puller:team-a'], 'viewer', [true, true, false]],
  [[BASIC, 'role:system:image-pusher:team-a'], 'editor', [true, true, true]],
  [[BASIC, 'role:registry-viewer:team-b'], 'viewer', [true, false, false]],
  [['role:system:basic-user:team-a'], 'viewer', [false, false, false]],
  [['role:basic-user:*'], 'viewer', [false, false, false]],
  [[BASIC, 'role:registry-editor:team-a'], 'viewer', [true, true, false]],
  [[BASIC, 'role:nothing:*'], 'viewer', [true, false, false]],
] as const) {
  test(`${user} with ${scopes.join(' + ')}: login, pull, push = ${expected.join(', ')}`, async () => {
    assert.deepEqual(await registryAnswers(await minted(user, { scopes })), expected);
  });
}

test('a scope that covers nothing of a request is named in the refusal', async () => {
  const client = cluster.as(await minted('viewer', { scopes: ['user:info', BASIC] }));
  const { code, body } = await client.get('/api/v1/namespaces/team-a/configmaps');
  assert.equal(code, 403);
  assert.match(body.message, /scopes \[user:info role:system:basic-user:\*\] prevent this action/);
});

test('Secrets stay shut under a role scope unless it ends in :!', async () => {
  const path = '/api/v1/namespaces/team-a/';
  for (const [scope, resource, code] of [
    ['role:registry-editor:team-a', 'configmaps', 200],
    ['role:registry-editor:team-a', 'secrets', 403],
    ['role:registry-editor:team-a:!', 'secrets', 200],
  ] as const) {
    const client = cluster.as(await minted('editor', { scopes: [scope] }));
    assert.equal((await client.get(`${path}${resource}`)).code, code, `${scope} ${resource}`);
  }
});

test('users/~ needs user:info only', async () => {
  const client = cluster.as(await minted('plain', { scopes: ['user:info'] }));
  const { code, body } = await client.get(`${USERS}/~`);
  assert.equal(code, 200, body.message);
  assert.deepEqual([body.metadata.name, body.metadata.uid], ['plain', uids.get('plain')]);
  assert.ok((body['groups'] as string[]).includes('developers'));
});
