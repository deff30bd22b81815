import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  assertFinds,
  assertSilentAbout,
  assertSound,
  ca,
  judge,
  networkTo,
  SECRET,
} from './support/judge.ts';
import { documented, HOST, ISSUER, openIdAt, WELL_KNOWN } from './support/openid.ts';
import type { Pages } from './support/openid.ts';
import { startOpenId } from './support/openid-server.ts';
import { discovery, KEYS, page, site } from './support/sites.ts';

test('an OpenID provider in good order is sound, and its secret is not sent', async () => {
  const server = await startOpenId(ISSUER, await ca.leaf([HOST]));
  try {
    const check = await judge(openIdAt(server.port));
    assertSound(check);
    assert.match(
      check.seen.join('; '),
      /openID\.clientSecret is there; idp\.test answers, certificate good for 89 days; issuer equal to the letter; authorization code flow offered; 1 signing keys load/,
    );
  } finally {
    await server.close();
  }
});

test('an OpenID provider that calls itself otherwise is found by the letter', async () => {
  const server = await startOpenId(`${ISSUER}/`, await ca.leaf([HOST]));
  try {
    const check = await judge(openIdAt(server.port));
    assertFinds(check, [
      'broken',
      'configuration',
      /another issuer: "https:\/\/idp\.test\/"/,
      /"\/"/,
    ]);
  } finally {
    await server.close();
  }
});

type Wanted = Parameters<typeof assertFinds>[1];

const WRONG: readonly (readonly [string, Pages, Wanted])[] = [
  [
    'another issuer',
    documented({ issuer: 'https://old.test' }),
    ['broken', 'configuration', /names another issuer: "https:\/\/old\.test"/],
  ],
  [
    'no discovery document',
    {},
    ['broken', 'not-found', /openid-configuration answers 404/, /check the issuer/],
  ],
  [
    'a page in its place',
    { [WELL_KNOWN]: { status: 200, body: '<html>Log in</html>' } },
    ['broken', 'configuration', /is no JSON/, /something else answers/],
  ],
  ['a list in its place', { [WELL_KNOWN]: page(null) }, ['broken', 'configuration', /is no JSON/]],
  [
    'a server that fails',
    { [WELL_KNOWN]: { status: 500, body: 'oops' } },
    ['broken', 'server-error', /answers 500/, /logs/],
  ],
  [
    'no code flow',
    documented({ response_types_supported: ['id_token'] }),
    ['broken', 'configuration', /code is not offered \(id_token\)/, /authorization code/],
  ],
  [
    'no grant by code',
    documented({ grant_types_supported: ['implicit'] }),
    ['broken', 'configuration', /authorization_code is not offered/],
  ],
  [
    'a token endpoint in the clear',
    documented({ token_endpoint: 'http://idp.test/token' }),
    ['broken', 'configuration', /no https address as token_endpoint/],
  ],
  [
    'keys in the clear',
    documented({ jwks_uri: 'http://idp.test/keys' }),
    ['broken', 'configuration', /no https jwks_uri/],
  ],
  [
    'no keys',
    { [WELL_KNOWN]: page(discovery(ISSUER)) },
    ['broken', 'configuration', /keys answers 404 and holds no signing key/],
  ],
  [
    'keys that sign nothing',
    { ...documented({}), '/keys': page({ keys: [{ kty: 'RSA', use: 'enc' }] }) },
    ['broken', 'configuration', /holds no signing key/],
  ],
  [
    'keys at another server that is not there',
    documented({ jwks_uri: 'https://keys.invalid/keys' }),
    ['warning', 'probe', /as seen from the worker, keys\.invalid gives no answer/],
  ],
  [
    'claims that it lacks',
    documented({ claims_supported: ['sub'] }),
    ['warning', 'configuration', /does not list any of the claims preferred_username/],
  ],
  [
    'scopes that it lacks',
    documented({ scopes_supported: ['profile'] }),
    ['warning', 'configuration', /does not list the scopes openid/],
  ],
  [
    'circles',
    { [WELL_KNOWN]: { status: 302, headers: { location: WELL_KNOWN } } },
    ['broken', 'configuration', /redirects in circles/],
  ],
];

suite('an issuer with', () => {
  for (const [what, pages, finding] of WRONG) {
    test(`${what} is told what is wrong`, async () => {
      const server = await site(HOST, pages);
      try {
        assertFinds(await judge(openIdAt(server.port)), finding);
        for (const { headers, method, body } of server.seen) {
          assert.deepEqual([headers.authorization, method, body.length], [undefined, 'GET', 0]);
        }
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
      assertSound(await judge(openIdAt(there.port)));
      const setup = openIdAt(away.port);
      const network = networkTo({ [HOST]: away.port, 'evil.test': elsewhere.port });
      const check = await judge({ ...setup, network });
      assertFinds(check, ['warning', 'configuration', /another server, https:\/\/evil\.test/]);
      assert.equal(elsewhere.sockets(), 0);
    } finally {
      await Promise.all([there, elsewhere, away].map((each) => each.close()));
    }
  });

  test('an answer without end is cut off', async () => {
    const server = await site(HOST, {
      [WELL_KNOWN]: { status: 200, body: Buffer.alloc(1024 * 1024, ' ') },
    });
    try {
      assertFinds(await judge(openIdAt(server.port)), ['broken', 'configuration', /is no JSON/]);
    } finally {
      await server.close();
    }
  });
});

test('no client secret is in anything that was told', () => assertSilentAbout([SECRET]));
