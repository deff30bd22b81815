import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';
import {
  assertFinds,
  assertSound,
  ca,
  runCheck,
  lookUpPerson,
  networkTo,
  setupOf,
} from './support/provider-check.ts';
import { WELL_KNOWN } from './support/openid.ts';
import type { Pages } from './support/openid.ts';
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

test('an external issuer in good order is sound, and does not look people up', async () => {
  const server = await startOpenId(ISSUER, await ca.leaf([HOST]));
  try {
    const check = await runCheck(provider(server.port));
    assertSound(check);
    assert.match(check.seen.join('; '), /tokens for openshift;.*equal to the letter;.*keys load/);
    assert.equal((await lookUpPerson(provider(server.port), 'alice')).status, 'unknown');
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
    const wrong = await runCheck(provider(server.port, { discoveryURL }));
    assertFinds(wrong, ['error', 'configuration', /another issuer: "https:\/\/another\.test"/]);
    const issuerURL = 'https://another.test';
    assertSound(await runCheck(provider(server.port, { discoveryURL, issuerURL })));
  } finally {
    await server.close();
  }
});

suite('the API server refuses', () => {
  for (const [what, issuer, text] of [
    ['a query', { issuerURL: `${ISSUER}?a=b` }, /issuerURL has a query or a fragment/],
    ['a fragment', { issuerURL: `${ISSUER}#a` }, /issuerURL has a query or a fragment/],
    ['a user name', { issuerURL: `https://me@${HOST}` }, /issuerURL holds a user name/],
    ['http', { issuerURL: `http://${HOST}` }, /issuerURL is no https address/],
    ['braces', { issuerURL: 'https://{host}/v2.0' }, /issuerURL is no https address/],
    ['a query of its discovery', { discoveryURL: `${ISSUER}/x?a` }, /discoveryURL has a query/],
    [
      'discovery at its own address',
      { discoveryURL: `${ISSUER}/` },
      /discoveryURL is the issuer's/,
    ],
  ] as const) {
    test(`an external issuer with ${what}`, async () => {
      const server = await site(HOST, {
        [WELL_KNOWN]: page(discovery(ISSUER)),
        '/keys': page(KEYS),
      });
      try {
        assertFinds(await runCheck(provider(server.port, issuer)), [
          'error',
          'configuration',
          text,
        ]);
      } finally {
        await server.close();
      }
    });
  }
});

test("missing parts of an external issuer's configuration are found", async () => {
  const bare = setupOf({ name: 'corp', type: 'OIDC', issuer: {} });
  const check = await runCheck(bare);
  for (const field of ['issuer\\.issuerURL', 'issuer\\.audiences', 'claimMappings\\.username']) {
    assertFinds(check, [
      'error',
      'configuration',
      new RegExp(`${field} is not set`),
      /oc edit authentication cluster/,
    ]);
  }
  const named = {
    claimMappings: { username: { expression: 'claims.sub' } },
    oidcClients: undefined,
  };
  const noted = await runCheck(provider(9, {}, named));
  assertFinds(noted, ['note', 'configuration', /named by an expression/, /oc whoami/]);
  assertFinds(noted, ['note', 'configuration', /no oidcClients/, /console/]);
});

type Wanted = Parameters<typeof assertFinds>[1];

function documented(changes: Block): Pages {
  return {
    [WELL_KNOWN]: page(discovery(ISSUER, changes)),
    '/keys': page(KEYS),
  };
}

const WRONG: readonly (readonly [string, Pages, Wanted])[] = [
  [
    'another issuer',
    documented({ issuer: 'https://old.test' }),
    [
      'error',
      'configuration',
      /names another issuer: "https:\/\/old\.test", configured is "https:\/\/issuer\.test"/,
      /"\/"/,
    ],
  ],
  [
    'a templated issuer',
    documented({ issuer: 'https://idp.test/{tenantid}/v2.0' }),
    ['error', 'configuration', /names another issuer/],
  ],
  [
    'no list of flows',
    documented({ response_types_supported: undefined }),
    ['error', 'configuration', /code is not offered \(none named\)/],
  ],
  [
    'keys in the clear',
    documented({ jwks_uri: 'http://idp.test/keys' }),
    ['error', 'configuration', /no https jwks_uri/],
  ],
  [
    'no keys',
    { [WELL_KNOWN]: page(discovery(ISSUER)) },
    ['error', 'configuration', /keys answers 404 and holds no signing key/],
  ],
  [
    'keys that sign nothing',
    { ...documented({}), '/keys': page({ keys: [{ kty: 'RSA', use: 'enc' }] }) },
    ['error', 'configuration', /holds no signing key/],
  ],
  [
    'keys at another server that is not there',
    documented({ jwks_uri: 'https://keys.invalid/keys' }),
    ['warning', 'probe', /as seen from the worker, keys\.invalid gives no answer/],
  ],
  [
    'circles',
    { [WELL_KNOWN]: { status: 302, headers: { location: WELL_KNOWN } } },
    ['error', 'configuration', /redirects in circles/],
  ],
];

suite('an external issuer with', () => {
  for (const [what, pages, finding] of WRONG) {
    test(`${what} gets a finding about the problem`, async () => {
      const server = await site(HOST, pages);
      try {
        assertFinds(await runCheck(provider(server.port)), finding);
      } finally {
        await server.close();
      }
    });
  }

  test('a redirect on its own server is followed, one to another server is not', async () => {
    const there = await site(HOST, {
      [WELL_KNOWN]: { status: 301, headers: { location: '/moved' } },
      '/moved': page(discovery(ISSUER)),
      '/keys': page(KEYS),
    });
    const elsewhere = await site('evil.test', {});
    const away = await site(HOST, {
      [WELL_KNOWN]: { status: 302, headers: { location: 'https://evil.test/x' } },
    });
    try {
      assertSound(await runCheck(provider(there.port)));
      const network = networkTo({ [HOST]: away.port, 'evil.test': elsewhere.port });
      const check = await runCheck({ ...provider(away.port), network });
      assertFinds(check, ['warning', 'configuration', /another server, https:\/\/evil\.test/]);
      assert.equal(elsewhere.sockets(), 0);
    } finally {
      await Promise.all([there, elsewhere, away].map((each) => each.close()));
    }
  });
});

function user(username: Block) {
  return { issuer: { issuerURL: ISSUER }, claimMappings: { username } };
}
function groups(prefix?: string) {
  return { claimMappings: { groups: { claim: 'groups', prefix } } };
}

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
  ["of a group has the groups' prefix", groups('corp:'), 'Group', 'devs', 'corp:devs'],
  ['of a group is not prefixed twice', groups('corp:'), 'Group', 'corp:devs', 'corp:devs'],
  ['of a group without prefix stands alone', groups(), 'Group', 'devs', 'devs'],
  [
    "of the cluster's own groups is theirs",
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
