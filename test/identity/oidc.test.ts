import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';
import { assertFinds, assertSound, ca, judge, look, networkTo, setupOf } from './support/judge.ts';
import { startOpenId } from './support/openid-server.ts';
import { discovery, KEYS, page, site } from './support/sites.ts';

const HOST = 'issuer.test';
const ISSUER = `https://${HOST}`;

type Block = Readonly<Record<string, unknown>>;

function provider(port: number, issuer: Block = {}, more: Block = {}) {
  return setupOf(
    {
      name: 'corp',
      type: 'OIDC',
      issuer: {
        issuerURL: ISSUER,
        audiences: ['openshift'],
        issuerCertificateAuthority: { name: 'ca' },
        ...issuer,
      },
      claimMappings: { username: { claim: 'email' } },
      oidcClients: [],
      ...more,
    },
    { 'issuer.issuerCertificateAuthority': ca.cert },
    networkTo({ [HOST]: port }),
  );
}

test('an external issuer in good order is sound, and is not asked for people', async () => {
  const server = await startOpenId(ISSUER, await ca.leaf([HOST]));
  try {
    const check = await judge(provider(server.port));
    assertSound(check);
    assert.match(check.seen.join('; '), /tokens for openshift;.*equal to the letter;.*keys load/);
    assert.equal((await look(provider(server.port), 'alice')).sighting, 'unknown');
  } finally {
    await server.close();
  }
});

test('an external issuer is read at its own discovery address, if it has one', async () => {
  const server = await site(HOST, {
    '/elsewhere': page(discovery('https://another.test', { jwks_uri: `${ISSUER}/keys` })),
    '/keys': page(KEYS),
  });
  try {
    const discoveryURL = `${ISSUER}/elsewhere`;
    const wrong = await judge(provider(server.port, { discoveryURL }));
    assertFinds(wrong, ['broken', 'configuration', /another issuer: "https:\/\/another\.test"/]);
    const issuerURL = 'https://another.test';
    assertSound(await judge(provider(server.port, { discoveryURL, issuerURL })));
  } finally {
    await server.close();
  }
});

test('what an external issuer lacks in its configuration is found', async () => {
  const bare = setupOf({ name: 'corp', type: 'OIDC', issuer: {} });
  const check = await judge(bare);
  for (const field of ['issuer\\.issuerURL', 'issuer\\.audiences', 'claimMappings\\.username']) {
    assertFinds(check, [
      'broken',
      'configuration',
      new RegExp(`${field} is not set`),
      /oc edit authentication cluster/,
    ]);
  }
  const named = {
    claimMappings: { username: { expression: 'claims.sub' } },
    oidcClients: undefined,
  };
  const noted = await judge(provider(9, {}, named));
  assertFinds(noted, ['note', 'configuration', /named by an expression/, /oc whoami/]);
  assertFinds(noted, ['note', 'configuration', /no oidcClients/, /console/]);
});

const user = (username: Block) => ({ issuer: { issuerURL: ISSUER }, claimMappings: { username } });
const groups = (prefix?: string) => ({ claimMappings: { groups: { claim: 'groups', prefix } } });

const NAMES: readonly (readonly [string, object, 'User' | 'Group', string, string])[] = [
  [
    'has the issuer before it by default',
    user({ claim: 'sub' }),
    'User',
    'alice',
    `${ISSUER}#alice`,
  ],
  ['by email stands alone', user({ claim: 'email' }), 'User', 'a@corp.test', 'a@corp.test'],
  [
    'without a prefix stands alone',
    user({ claim: 'sub', prefixPolicy: 'NoPrefix' }),
    'User',
    'alice',
    'alice',
  ],
  [
    'has the prefix that is configured',
    user({ claim: 'sub', prefixPolicy: 'Prefix', prefix: { prefixString: 'corp:' } }),
    'User',
    'alice',
    'corp:alice',
  ],
  [
    'has it by email too',
    user({ claim: 'email', prefixPolicy: 'Prefix', prefix: { prefixString: 'corp:' } }),
    'User',
    'a@corp.test',
    'corp:a@corp.test',
  ],
  ['is not prefixed twice', user({ claim: 'sub' }), 'User', `${ISSUER}#alice`, `${ISSUER}#alice`],
  ['by an expression stands alone', user({ expression: 'claims.sub' }), 'User', 'alice', 'alice'],
  ['of a group has the groups’ prefix', groups('corp:'), 'Group', 'devs', 'corp:devs'],
  ['of a group is not prefixed twice', groups('corp:'), 'Group', 'corp:devs', 'corp:devs'],
  ['of a group without prefix stands alone', groups(), 'Group', 'devs', 'devs'],
  [
    'of the cluster’s own groups is theirs',
    groups('corp:'),
    'Group',
    'system:nodes',
    'system:nodes',
  ],
];

suite('with an external issuer, the name', () => {
  for (const [what, config, kind, name, known] of NAMES) {
    test(what, () => assert.equal(clusterNameOf(config, { kind, name }), known));
  }
});
