import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  assertFinds,
  assertSilentAbout,
  assertSound,
  ca,
  runCheck,
  networkTo,
  SECRET,
} from './support/provider-check.ts';
import { documented, HOST, ISSUER, openIdAt, WELL_KNOWN } from './support/openid.ts';
import type { Pages } from './support/openid.ts';
import { startOpenId } from './support/openid-server.ts';
import { discovery, page, site } from './support/sites.ts';

test('an OpenID provider in good order is sound, and its secret is not sent', async () => {
  const server = await startOpenId(ISSUER, await ca.leaf([HOST]));
  try {
    const check = await runCheck(openIdAt(server.port));
    assertSound(check);
    assert.match(
      check.seen.join('; '),
      /openID\.clientSecret is there; idp\.test answers, certificate good for 89 days; issuer equal to the letter; authorization code flow offered$/,
    );
  } finally {
    await server.close();
  }
});

type Wanted = Parameters<typeof assertFinds>[1];

const WRONG: readonly (readonly [string, Pages, Wanted])[] = [
  [
    'no discovery document',
    {},
    ['error', 'not-found', /openid-configuration answers 404/, /check the issuer/],
  ],
  [
    'a page in its place',
    { [WELL_KNOWN]: { status: 200, body: '<html>Log in</html>' } },
    ['error', 'configuration', /is no JSON/, /something else answers/],
  ],
  ['a list in its place', { [WELL_KNOWN]: page(null) }, ['error', 'configuration', /is no JSON/]],
  [
    'a server that fails',
    { [WELL_KNOWN]: { status: 500, body: 'oops' } },
    ['error', 'server-error', /answers 500/, /logs/],
  ],
  [
    'no code flow',
    documented({ response_types_supported: ['id_token'] }),
    ['warning', 'configuration', /code is not offered \(id_token\)/, /authorization code/],
  ],
  [
    'a code flow only together with others',
    documented({ response_types_supported: ['code id_token'] }),
    ['warning', 'configuration', /code is not offered \(code id_token\)/],
  ],
  [
    'no grant by code',
    documented({ grant_types_supported: ['implicit'] }),
    ['warning', 'configuration', /authorization_code is not offered/],
  ],
  [
    'a token endpoint in the clear',
    documented({ token_endpoint: 'http://idp.test/token' }),
    ['error', 'configuration', /no https address as token_endpoint/],
  ],
  [
    'a userinfo endpoint in the clear',
    documented({ userinfo_endpoint: 'http://idp.test/userinfo' }),
    ['error', 'configuration', /as userinfo_endpoint: "http:\/\/idp\.test\/userinfo"/, /https/],
  ],
  [
    'an authorization endpoint with a fragment',
    documented({ authorization_endpoint: 'https://idp.test/authorize#login' }),
    ['error', 'configuration', /as authorization_endpoint: .* has a fragment/],
  ],
  [
    'no token endpoint',
    documented({ token_endpoint: undefined }),
    ['error', 'configuration', /no https address as token_endpoint$/],
  ],
  [
    'a token endpoint that is no text',
    documented({ token_endpoint: 443 }),
    ['error', 'configuration', /no https address as token_endpoint: 443/],
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
    'a redirect to another page of its own',
    {
      [WELL_KNOWN]: { status: 301, headers: { location: '/moved' } },
      '/moved': page(discovery(ISSUER)),
    },
    ['error', 'configuration', /redirects to https:\/\/idp\.test\/moved, and OpenShift follows no/],
  ],
];

suite('an issuer with', () => {
  for (const [what, pages, finding] of WRONG) {
    test(`${what} gets a finding about the problem`, async () => {
      const server = await site(HOST, pages);
      try {
        assertFinds(await runCheck(openIdAt(server.port)), finding);
        for (const { headers, method, body } of server.seen) {
          assert.deepEqual([headers.authorization, method, body.length], [undefined, 'GET', 0]);
        }
      } finally {
        await server.close();
      }
    });
  }

  test('a redirect to another server is not followed', async () => {
    const elsewhere = await site('evil.test', {});
    const away = await site(HOST, {
      [WELL_KNOWN]: { status: 302, headers: { location: 'https://evil.test/x' } },
    });
    try {
      const setup = openIdAt(away.port);
      const network = networkTo({ [HOST]: away.port, 'evil.test': elsewhere.port });
      const check = await runCheck({ ...setup, network });
      assertFinds(check, ['error', 'configuration', /another server, https:\/\/evil\.test/]);
      assert.equal(elsewhere.sockets(), 0);
    } finally {
      await Promise.all([elsewhere, away].map((each) => each.close()));
    }
  });

  test('an answer without end is cut off', async () => {
    const server = await site(HOST, {
      [WELL_KNOWN]: { status: 200, body: Buffer.alloc(1024 * 1024, ' ') },
    });
    try {
      assertFinds(await runCheck(openIdAt(server.port)), ['error', 'configuration', /is no JSON/]);
    } finally {
      await server.close();
    }
  });
});

suite("an endpoint that Go's client does not read as https is refused:", () => {
  for (const value of [
    'https:///token',
    'https:idp.test/token',
    'https:/idp.test/token',
    'https://idp.test/%zz',
    'https://idp.test/100%',
    'https://{tenantid}/token',
    String.raw`https://idp.test\token`,
    String.raw`https:\\idp.test/token`,
    'https://',
  ]) {
    test(value, async () => {
      const server = await site(HOST, documented({ token_endpoint: value }));
      try {
        assertFinds(await runCheck(openIdAt(server.port)), [
          'error',
          'configuration',
          /no https address as token_endpoint: "https:/,
        ]);
      } finally {
        await server.close();
      }
    });
  }
});

suite('the configured issuer cannot be read by OpenShift:', () => {
  for (const [issuer, text] of [
    ['https://{tenantid}/v2.0', /openID\.issuer is no https address: "https:\/\/\{tenantid\}/],
    [` ${ISSUER}`, /is no https address: " https:/],
    ['https:/idp.test', /is no https address: "https:\/idp/],
    [`http://${HOST}`, /is no https address/],
    [`${ISSUER}/100%`, /is no https address/],
    [`${ISSUER}?realm=a`, /has a query or a fragment/],
    [`${ISSUER}#a`, /has a query or a fragment/],
  ] as const) {
    test(issuer, async () => {
      assertFinds(await runCheck(openIdAt(9, { issuer })), ['error', 'configuration', text]);
    });
  }
});

suite('what OpenShift does not check is no fault of an OpenID provider:', () => {
  const table: readonly (readonly [string, Pages])[] = [
    ['another issuer in the document', documented({ issuer: 'https://old.test' })],
    ['an issuer with a "/" at its end', documented({ issuer: `${ISSUER}/` })],
    ['a templated issuer', documented({ issuer: 'https://idp.test/{tenantid}/v2.0' })],
    ['no address of keys', documented({ jwks_uri: undefined })],
    ['keys in the clear', documented({ jwks_uri: 'http://idp.test/keys' })],
    ['keys that are not there', { [WELL_KNOWN]: page(discovery(ISSUER)) }],
    ['no userinfo endpoint', documented({ userinfo_endpoint: '' })],
    ['an escape in an endpoint', documented({ token_endpoint: 'HTTPS://idp.test/a%20b?{c}%zz' })],
    ['no list of flows', documented({ response_types_supported: undefined })],
  ];
  for (const [what, pages] of table) {
    test(what, async () => {
      const server = await site(HOST, pages);
      try {
        const check = await runCheck(openIdAt(server.port));
        assertSound(check);
        assert.deepEqual(check.findings, []);
        assert.deepEqual(
          server.seen.map(({ url }) => url),
          [WELL_KNOWN],
        );
      } finally {
        await server.close();
      }
    });
  }

  test('but an issuer that is configured with a "/" at its end is refused', async () => {
    const issuer = `${ISSUER}/`;
    const server = await site(HOST, documented({ issuer }));
    try {
      const check = await runCheck(openIdAt(server.port, { issuer }));
      assertFinds(check, ['error', 'configuration', /ends in "\/"/, /leave the "\/"/]);
      assert.equal(check.findings.length, 1);
    } finally {
      await server.close();
    }
  });
});

test('no client secret is in any output', () => assertSilentAbout([SECRET]));
