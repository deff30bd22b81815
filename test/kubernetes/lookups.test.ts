import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfigValue, readIdentitySource } from '../../src/openshift/identity-config.ts';
import { deleteStream, findPushedImages } from '../../src/openshift/images.ts';
import { canI, canSubject } from '../../src/kubernetes/reviews.ts';
import { findNamespace, findSubject, findUid, servesUsers } from '../../src/openshift/subjects.ts';
import { codedUserName } from '../../src/openshift/users/accounts.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { pullRight } from '../../src/domain/rbac.ts';
import type { Kube } from './kube-server.ts';
import { cluster, FORBIDDEN } from './environment.ts';
import type { Environment } from './environment.ts';

const CONFIG = '/apis/config.openshift.io/v1';
const USERS = '/apis/user.openshift.io/v1';
const STREAMS = '/apis/image.openshift.io/v1/namespaces/team-a/imagestreams';

function authentication(spec: object) {
  return { [`${CONFIG}/authentications/cluster`]: { spec } };
}
function oauth(spec: object) {
  return { [`${CONFIG}/oauths/cluster`]: { spec } };
}
const HTPASSWD = { name: 'local', type: 'HTPasswd', htpasswd: { fileData: { name: 's' } } };

const SOURCES: readonly (readonly [string, Environment, unknown])[] = [
  ['plain Kubernetes', {}, { kind: 'absent' }],
  ['OpenShift without any provider', oauth({}), { kind: 'oauth', providers: [] }],
  [
    'OpenShift with a provider',
    { ...authentication({ type: '' }), ...oauth({ identityProviders: [HTPASSWD] }) },
    { kind: 'oauth', providers: [HTPASSWD] },
  ],
  [
    'an external issuer',
    {
      ...authentication({ type: 'OIDC', oidcProviders: [{ name: 'corp', issuer: {} }] }),
      ...oauth({}),
    },
    { kind: 'oidc', providers: [{ name: 'corp', issuer: {}, type: 'OIDC' }] },
  ],
  ['no authentication', { ...authentication({ type: 'None' }), ...oauth({}) }, { kind: 'none' }],
];

for (const [what, env, source] of SOURCES) {
  test(`the identities of ${what} are found`, async (t) => {
    const { cluster: at } = await cluster(t, env);
    assert.deepEqual(await readIdentitySource(at), source);
  });
}

const SECRET = '/api/v1/namespaces/openshift-config/secrets/s';
const SECRETS: readonly (readonly [string, Environment, unknown])[] = [
  ['is there', { [SECRET]: { data: { htpasswd: 'YWxpY2U6eA==' } } }, { found: 'alice:x' }],
  ['is not there', {}, 'missing'],
  ['may not be read', { [SECRET]: FORBIDDEN }, 'forbidden'],
  ['has another key', { [SECRET]: { data: { users: 'eA==' } } }, 'no-such-key'],
  ['is empty', { [SECRET]: {} }, 'no-such-key'],
];

for (const [what, env, read] of SECRETS) {
  test(`a provider's secret that ${what} is told as that`, async (t) => {
    const { cluster: at } = await cluster(t, env);
    const key = { kind: 'Secret', object: 's', key: 'htpasswd' } as const;
    assert.deepEqual(await readConfigValue(at, key), read);
  });
}

test("a provider's CA is text as it is", async (t) => {
  const at = '/api/v1/namespaces/openshift-config/configmaps/ca';
  const { cluster: there } = await cluster(t, { [at]: { data: { 'ca.crt': 'PEM' } } });
  const key = { kind: 'ConfigMap', object: 'ca', key: 'ca.crt' } as const;
  assert.deepEqual(await readConfigValue(there, key), { found: 'PEM' });
});

function group(name: string, users: readonly string[] | null) {
  return {
    metadata: { name, uid: `g-${name}` },
    users,
  };
}
const PEOPLE: Environment = {
  [`${USERS}/users/alice`]: {
    metadata: { name: 'alice', uid: 'u-1' },
    identities: ['local:alice'],
  },
  [`${USERS}/groups/devs`]: group('devs', ['alice', 'bob']),
  [`${USERS}/groups/empty`]: group('empty', null),
  [`${USERS}/groups`]: {
    items: [group('devs', ['alice', 'bob']), group('ops', ['bob']), group('empty', null)],
  },
  '/api/v1/namespaces/team-a': { metadata: { name: 'team-a' } },
  '/api/v1/namespaces/team-a/serviceaccounts/ci': { metadata: { name: 'ci', uid: 's-1' } },
};
const OAUTH = ['system:authenticated', 'system:authenticated:oauth'];
const OF_TEAM_A = [
  'system:serviceaccounts',
  'system:serviceaccounts:team-a',
  'system:authenticated',
];

const FACTS: readonly (readonly [Subject, boolean, unknown])[] = [
  [
    { kind: 'User', name: 'alice' },
    true,
    { exists: true, uid: 'u-1', groups: ['devs', ...OAUTH], identities: ['local:alice'] },
  ],
  [{ kind: 'User', name: 'nobody' }, true, { exists: false, groups: OAUTH, identities: [] }],
  [{ kind: 'User', name: 'x' }, false, { exists: true, groups: ['system:authenticated'] }],
  [
    { kind: 'Group', name: 'devs' },
    true,
    { exists: true, uid: 'g-devs', groups: ['devs'], memberCount: 2 },
  ],
  [
    { kind: 'Group', name: 'empty' },
    true,
    { exists: true, uid: 'g-empty', groups: ['empty'], memberCount: 0 },
  ],
  [{ kind: 'Group', name: 'gone' }, true, { exists: false, groups: ['gone'], memberCount: 0 }],
  [{ kind: 'Group', name: 'x' }, false, { exists: true, groups: ['x'] }],
  [
    { kind: 'Group', name: 'system:serviceaccounts:team-a' },
    true,
    { exists: true, groups: ['system:serviceaccounts:team-a'] },
  ],
  [
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
    false,
    { exists: true, uid: 's-1', groups: OF_TEAM_A },
  ],
  [
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'cd' },
    true,
    { exists: false, groups: OF_TEAM_A },
  ],
];

for (const [subject, hasUserApi, facts] of FACTS) {
  const where = hasUserApi ? '' : ' without a user API';
  test(`${subject.kind} ${subject.name} is looked up${where}`, async (t) => {
    const { cluster: at } = await cluster(t, PEOPLE);
    assert.deepEqual(await findSubject(at, subject, hasUserApi), facts);
  });
}

for (const name of ['a/b', 'x/../devs', '../groups/devs', 'a%2Fb', 'corp:alice', '~', '.', '..']) {
  test(`nobody is called ${name} where there are User objects, and the cluster is not asked`, async (t) => {
    const { kube, cluster: at } = await cluster(t, PEOPLE);
    for (const kind of ['User', 'Group'] as const) {
      assert.equal((await findSubject(at, { kind, name }, true)).exists, false);
      assert.equal(await findUid(at, { kind, name }), undefined);
    }
    assert.deepEqual([...new Set(kube.lines())], [`GET ${USERS}/groups`]);
  });
}

test('an answer about somebody else is none about whom was asked for', async (t) => {
  const other = { metadata: { name: 'mallory', uid: 'u-9' } };
  const paths = ['users/alice', 'groups/alice'].map((at) => [`${USERS}/${at}`, other]);
  const { cluster: at } = await cluster(t, { ...PEOPLE, ...Object.fromEntries(paths) });
  for (const kind of ['User', 'Group'] as const) {
    const subject = { kind, name: 'alice' };
    await assert.rejects(findSubject(at, subject, true), { failureCause: 'configuration' });
    await assert.rejects(findUid(at, subject), /the answer is about mallory/);
  }
});

test('a User may begin with b64:', async (t) => {
  const user = { metadata: { name: 'b64:eDp5', uid: 'u-3' } };
  const { cluster: at } = await cluster(t, { [`${USERS}/users/b64%3AeDp5`]: user });
  assert.equal(await findUid(at, { kind: 'User', name: 'b64:eDp5' }), 'u-3');
});

// Values of Go's base64.RawStdEncoding, which oauth-server writes such names in.
for (const [called, has] of [
  ['team/alice', 'b64:dGVhbS9hbGljZQ'],
  ['https://issuer.example.com#alice', 'b64:aHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZS5jb20jYWxpY2U'],
  ['b64:a:b', 'b64:YjY0OmE6Yg'],
  ['é:a', 'b64:w6k6YQ'],
  // What only looks coded is coded, and what is coded is not.
  ['b64:hello', 'b64:YjY0OmhlbGxv'],
  ['b64:YWxpY2U', 'b64:YjY0OllXeHBZMlU'],
  ['b64:dGVhbS9hbGljZQ', undefined],
  // It would hold a slash itself.
  ['a:?', undefined],
  ['a%20b', undefined],
  ['alice', undefined],
] as const) {
  test(`whom a provider calls ${called} has ${has === undefined ? 'no User of a coded name' : `the User ${has}`}`, () => {
    assert.equal(codedUserName(called), has);
  });
}

test('namespaces, and whether there is a user API, are looked up', async (t) => {
  const apis = { groups: [{ name: 'apps' }, { name: 'user.openshift.io' }] };
  const { cluster: openshift } = await cluster(t, { ...PEOPLE, '/apis': apis });
  assert.equal(await servesUsers(openshift), true);
  assert.equal((await findNamespace(openshift, 'team-a'))?.name, 'team-a');
  assert.equal(await findNamespace(openshift, 'team-b'), undefined);
  const { cluster: plain } = await cluster(t, { '/apis': { groups: [{ name: 'apps' }] } });
  assert.equal(await servesUsers(plain), false);
});

test('a review asks as the registry does: the slash is part of the resource', async (t) => {
  const answer = { status: { allowed: true, reason: 'RBAC' } };
  const self = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const other = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const denied = { status: { allowed: false } };
  const { kube, cluster: at } = await cluster(t, { [other]: answer, [self]: denied });
  assert.equal(
    await canSubject(at, { user: 'alice', groups: ['devs'] }, pullRight('team-a')),
    true,
  );
  const attributes = {
    group: 'image.openshift.io',
    resource: 'imagestreams/layers',
    verb: 'get',
    namespace: 'team-a',
  };
  assert.deepEqual(specOf(kube), {
    user: 'alice',
    groups: ['devs'],
    resourceAttributes: attributes,
  });
  assert.equal(await canI(at, { group: '', resource: 'secrets', verb: 'get', name: 's' }), false);
  assert.deepEqual(specOf(kube), {
    resourceAttributes: { group: '', resource: 'secrets', verb: 'get', name: 's' },
  });
});

function specOf({ asked }: Kube): unknown {
  const body = asked.at(-1)?.body;
  return typeof body === 'object' && body !== null && 'spec' in body ? body.spec : undefined;
}

function stream(name: string, repository: string, ...items: readonly string[]) {
  return {
    metadata: { name },
    status: {
      dockerImageRepository: repository,
      tags: [
        { tag: 'none', items: null },
        { tag: 'v1', items: items.map((dockerImageReference) => ({ dockerImageReference })) },
      ],
    },
  };
}
const OWN = 'image-registry.openshift-image-registry.svc:5000/team-a';

test('an image to pull is one that was pushed, not one that was imported from elsewhere', async (t) => {
  const items = [
    { metadata: { name: 'new' } },
    stream(
      'imported',
      `${OWN}/imported`,
      'quay.io/x/imported@sha256:1',
      `${OWN}/imported@sha256:2`,
    ),
    stream('empty', `${OWN}/empty`),
    stream('web', `${OWN}/web`, `${OWN}/web@sha256:3`),
  ];
  const { cluster: at } = await cluster(t, { [STREAMS]: { items } });
  assert.deepEqual(await findPushedImages(at, 'team-a', 5), [{ stream: 'web', tag: 'v1' }]);
  const { cluster: bare } = await cluster(t, { [STREAMS]: { items: items.slice(0, 3) } });
  assert.deepEqual(await findPushedImages(bare, 'team-a', 5), []);
});

test('a stream that is gone already is deleted well, and one that stays is not', async (t) => {
  const { kube, cluster: at } = await cluster(t, { [`${STREAMS}/kept`]: FORBIDDEN });
  await deleteStream(at, 'team-a', 'purser-canary-1');
  assert.deepEqual(kube.lines(), [`DELETE ${STREAMS}/purser-canary-1`]);
  await assert.rejects(deleteStream(at, 'team-a', 'kept'), { failureCause: 'forbidden' });
});
