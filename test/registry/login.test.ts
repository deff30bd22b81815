import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RegistryFailure } from '../../src/registry/failure.ts';
import { failure } from './failure-of.ts';
import {
  ACCESS_DENIED,
  BASIC,
  json,
  likeOpenShift,
  marked,
  meet,
  meetAs,
  ORIGIN,
  patience,
  TOKEN,
  unauthorized,
} from './play.ts';
import type { Part, Reply } from './play.ts';

const CHALLENGE = `Bearer realm="${ORIGIN}/openshift/token"`;

suite('the challenge', () => {
  const table: readonly (readonly [string, Reply, object])[] = [
    [
      'of OpenShift is Bearer with a realm',
      unauthorized(CHALLENGE),
      { kind: 'bearer', realm: `${ORIGIN}/openshift/token` },
    ],
    [
      'of a token server names its service',
      unauthorized('Bearer realm="https://auth.test/token",service="a \\"b\\""'),
      { kind: 'bearer', realm: 'https://auth.test/token', service: 'a "b"' },
    ],
    [
      'is Bearer where both are offered, whatever the order',
      marked({
        status: 401,
        headers: { 'www-authenticate': ['Basic realm=x', 'bearer REALM="https://a.test/t"'] },
      }),
      { kind: 'bearer', realm: 'https://a.test/t' },
    ],
    ['of a plain registry is Basic', unauthorized('Basic realm="Registry"'), { kind: 'basic' }],
    ['of an open registry is none', json(200, {}), { kind: 'open' }],
  ];
  for (const [name, reply, expected] of table) {
    test(name, () =>
      meet(
        () => reply,
        async (registry, server) => {
          assert.deepEqual(await registry.challenge(patience()), expected);
          assert.equal(server.seen[0]?.headers.authorization, undefined);
        },
      ),
    );
  }

  for (const [name, reply] of [
    ['a 401 that offers nothing', marked({ status: 401 })],
    ['a 401 of a proxy', { status: 401, headers: { 'www-authenticate': 'Basic realm="proxy"' } }],
    ['a page to log in at', { status: 200, body: '<h1>Log in</h1>' }],
    ['a 404', { status: 404, body: 'no such page' }],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.test/' } }],
  ] satisfies [string, Reply][]) {
    test(`${name} is no registry: configuration`, () =>
      meet(
        () => reply,
        async (registry) => {
          assert.equal(
            (await failure(registry.challenge(patience()))).failureCause,
            'configuration',
          );
        },
      ));
  }
});

suite('a login', () => {
  test('gets the token by Basic at the realm and shows it to /v2/', () =>
    meetAs(
      () => undefined,
      async (session, { seen }) => {
        assert.deepEqual(
          seen.map(({ url, headers }) => [url, headers.authorization]),
          [
            ['/v2/', undefined],
            ['/openshift/token?account=alice', BASIC],
            ['/v2/', `Bearer ${TOKEN}`],
          ],
        );
        assert.equal(await session.stillLoggedIn(patience()), true);
      },
    ));

  test('does not ask again for a challenge that is known', () =>
    meet(likeOpenShift(), async (registry, { seen }) => {
      const challenge = await registry.challenge(patience());
      await registry.login(TOKEN, { account: 'alice', challenge }, patience());
      assert.equal(seen.length, 3);
    }));

  test('sends no colon in the account, which the registry would cut at', () =>
    meet(likeOpenShift(), async (registry, { seen }) => {
      await failure(registry.login(TOKEN, { account: 'kube:admin' }, patience()));
      const basic = seen[1]?.headers.authorization?.split(' ')[1] ?? '';
      assert.equal(Buffer.from(basic, 'base64').toString(), `kube-admin:${TOKEN}`);
    }));

  test('at a plain registry is Basic throughout', () =>
    meet(
      ({ headers }) =>
        headers.authorization === BASIC ? json(200, {}) : unauthorized('Basic realm="plain"'),
      async (registry, { seen }) => {
        const session = await registry.login(TOKEN, { account: 'alice' }, patience());
        assert.equal(await session.stillLoggedIn(patience()), true);
        assert.deepEqual(
          seen.map(({ url }) => url),
          ['/v2/', '/v2/', '/v2/'],
        );
      },
    ));

  const token = (reply: Reply): Part => {
    return ({ url }) => (url.startsWith('/openshift/token') ? reply : undefined);
  };
  const refused = (details: string): Part => token(json(401, { details }));
  const table: readonly (readonly [string, Part, string, RegExp])[] = [
    [
      'with a bad token (401, empty body)',
      token({ status: 401 }),
      'unauthorized',
      /take a new one/,
    ],
    [
      'whose scopes do not allow it',
      refused('unable to validate token: Forbidden'),
      'unauthorized',
      /scopes do not allow the login/,
    ],
    [
      'that the API server could not judge',
      refused('unable to validate token: InternalError'),
      'server-error',
      /could not ask the API server/,
    ],
    [
      'whose API server does not answer',
      refused('unable to validate token'),
      'server-error',
      /could not ask the API server/,
    ],
    [
      'answered with the word anonymous',
      token(json(200, { token: 'anonymous', access_token: 'anonymous' })),
      'configuration',
      /the anonymous token/,
    ],
    ['answered without a token', token(json(200, { tokn: 'x' })), 'configuration', /protocol/],
    ['answered with no JSON', token({ status: 200, body: '<html>' }), 'configuration', /protocol/],
    [
      'answered with a token that would break the header',
      token(json(200, { token: 'a\r\nb: c' })),
      'configuration',
      /protocol/,
    ],
    [
      'whose token /v2/ does not take',
      ({ headers }) =>
        headers.authorization?.startsWith('Bearer') ? unauthorized(ACCESS_DENIED) : undefined,
      'unauthorized',
      /GET \/v2\/ at https:\/\/registry\.test: 401 UNAUTHORIZED/,
    ],
    ['at an open registry', () => json(200, {}), 'configuration', /proves nothing/],
  ];
  for (const [name, part, cause, message] of table) {
    test(`${name} is ${cause}`, () =>
      meet(likeOpenShift(part), async (registry) => {
        const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
        assert.equal(error.failureCause, cause, error.message);
        assert.match(error.message, message);
      }));
  }
});

suite('a 401 on a repository', () => {
  const denied: Part = ({ url }) =>
    url === '/v2/' || url.startsWith('/openshift')
      ? undefined
      : unauthorized(ACCESS_DENIED, [{ Type: 'repository', Name: 'team-a/app', Action: 'pull' }]);

  test('is forbidden while /v2/ takes the token', () =>
    meetAs(denied, async (session) => {
      const error = await failure(session.getManifest('team-a/app', 'latest', patience()));
      assert.equal(error.failureCause, 'forbidden');
      assert.equal(error.status, 401);
      assert.equal(error.code, 'UNAUTHORIZED');
      assert.match(error.message, /GET \/v2\/team-a\/app\/manifests\/latest .*role bindings/);
      assert.equal(
        (await failure(session.startUpload('team-a/app', patience()))).failureCause,
        'forbidden',
      );
      assert.equal((await failure(session.metrics(patience()))).failureCause, 'forbidden');
    }));

  test('is unauthorized once /v2/ refuses it too', async () => {
    let hasEnded = false;
    const part: Part = (seen) => (hasEnded ? unauthorized(ACCESS_DENIED) : denied(seen));
    await meetAs(part, async (session) => {
      hasEnded = true;
      const error = await failure(session.getManifest('team-a/app', 'latest', patience()));
      assert.equal(error.failureCause, 'unauthorized');
      assert.equal(await session.stillLoggedIn(patience()), false);
    });
  });

  test('is neither where /v2/ cannot say: the question has failed', async () => {
    let isIll = false;
    const part: Part = (seen) =>
      isIll && seen.url === '/v2/' ? { status: 503, body: 'no' } : denied(seen);
    await meetAs(part, async (session) => {
      isIll = true;
      const error = await failure(session.getManifest('team-a/app', 'latest', patience()));
      assert.equal(error.failureCause, 'server-error');
    });
  });
});

test('no failure of a login shows the token, even where the server sends it back', () =>
  meet(
    likeOpenShift(({ headers }) =>
      headers.authorization === undefined
        ? undefined
        : json(500, {
            errors: [
              { code: 'UNKNOWN', message: `you sent ${headers.authorization}`, detail: TOKEN },
            ],
          }),
    ),
    async (registry) => {
      const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
      assert.ok(error instanceof RegistryFailure);
      assert.match(error.message, /you sent Basic \(secret\)/);
      assert.ok(!error.message.includes(TOKEN));
      assert.ok(!error.message.includes(BASIC.slice('Basic '.length)));
    },
  ));
