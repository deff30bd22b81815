import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CANARY } from '../../src/registry/canary.ts';
import type { RegistrySession } from '../../src/registry/session.ts';
import { failure } from './failure-of.ts';
import {
  ACCESS_DENIED,
  failing,
  json,
  likeOpenShift,
  marked,
  meet,
  meetAs,
  ORIGIN,
  patience,
  stage,
  TOKEN,
  unauthorized,
} from './play.ts';
import type { Reply } from './play.ts';

type Act = (session: RegistrySession) => Promise<unknown>;

const pull: Act = (session) => session.getManifest('team-a/app', 'v1', patience());
const blob: Act = (session) => session.getBlob('team-a/app', CANARY.config, patience());
const tags: Act = (session) => session.listTags('team-a/app', patience());
const upload: Act = (session) => session.startUpload('team-a/app', patience());
const push: Act = (session) => session.putManifest('team-a/app', 'v1', CANARY.manifest, patience());

function page(status: number): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: '<html><h1>Access blocked</h1></html>',
    isUnmarked: true,
  };
}
const IDP = { 'www-authenticate': 'Bearer realm="https://idp.test/"' };
function html(status: number, headers = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html', ...headers },
    body: '<h1>no</h1>',
  };
}
function unmarked(reply: Reply): Reply {
  assert.ok(typeof reply === 'object');
  const { 'docker-distribution-api-version': _, ...headers } = reply.headers ?? {};
  return { ...reply, headers, isUnmarked: true };
}
const limited: Reply = { status: 429, body: 'Too many requests', isUnmarked: true };
const notFoundOfGo: Reply = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: '404 page not found\n',
};
const location = 'https://registry.test/v2/team-a/app/blobs/uploads/1?_state=x';

suite("what a front answers in the registry's place is no word of the registry's:", () => {
  const table: readonly (readonly [string, Act, Reply])[] = [
    ['a page with 403 to an upload', upload, page(403)],
    ['a page with 401 to a manifest', pull, page(401)],
    ['a page with 404 to a manifest', pull, page(404)],
    ["Go's own 404 to a manifest", pull, unmarked(notFoundOfGo)],
    ["Go's own 404 to a blob, though with the header", blob, notFoundOfGo],
    ['an empty 401', tags, { status: 401, isUnmarked: true }],
    ['an empty 401 with the header', tags, { status: 401 }],
    [
      "a 401 that asks for the proxy's password",
      tags,
      { status: 401, headers: { 'www-authenticate': 'Basic realm="proxy"' } },
    ],
    ["the registry's challenge without the header", tags, unmarked(unauthorized(ACCESS_DENIED))],
    ["the registry's code without the header", pull, unmarked(failing(404, 'NAME_UNKNOWN', 'x'))],
    ['another code with the header', push, failing(403, 'FORBIDDEN', 'by a policy')],
    ['the code of another number', push, failing(403, 'UNAUTHORIZED', 'x')],
    ['a quota that the registry does not speak of', push, page(403)],
    ['a 405 without the header', upload, { status: 405, isUnmarked: true }],
    ['an empty 400 without the header', pull, { status: 400, isUnmarked: true }],
    [
      "the registry's demand for credentials that were sent, which something took away",
      upload,
      unauthorized(`Bearer realm="${ORIGIN}/openshift/token"`),
    ],
    ['a page with the header, as nginx puts it on its own', upload, marked(html(401, IDP))],
    ['a page with the header and 405', upload, marked(html(405))],
    ['a page with the header and 200', tags, marked(html(200))],
    [
      'a redirect with the header',
      upload,
      marked({ status: 302, headers: { location: '/login' } }),
    ],
    ['a redirect to a page to log in at', blob, { ...redirect(), isUnmarked: true }],
    ['a page with 200', tags, page(200)],
    ['an upload that it takes', upload, { status: 202, headers: { location }, isUnmarked: true }],
    ['a manifest that it takes', push, { status: 201, isUnmarked: true }],
  ];
  for (const [name, act, reply] of table) {
    test(name, () =>
      meetAs(
        ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined),
        async (session) => {
          const error = await failure(act(session));
          assert.equal(error.isOfFront, true, error.message);
          assert.equal(error.failureCause, 'configuration');
          assert.match(error.message, /a front (answered in|removed the credentials)/);
        },
      ),
    );
  }

  function redirect() {
    return { status: 302, headers: { location: 'https://login.test/' } };
  }
});

suite("the registry's own words stay its own:", () => {
  const table: readonly (readonly [string, Act, Reply, string])[] = [
    ['its challenge after a login', tags, unauthorized(ACCESS_DENIED), 'forbidden'],
    ['its 404', pull, failing(404, 'MANIFEST_UNKNOWN', 'x'), 'not-found'],
    ['its 403', push, failing(403, 'DENIED', 'x'), 'forbidden'],
    ['its limit of requests, which has no header', tags, limited, 'rate-limited'],
    ['a 502 of the router', tags, page(502), 'server-error'],
    ['its empty 400', pull, { status: 400 }, 'server-error'],
    ['its 405 where it is read-only', upload, { status: 405 }, 'storage'],
  ];
  for (const [name, act, reply, cause] of table) {
    test(`${name} is ${cause}`, () =>
      meetAs(
        ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined),
        async (session) => {
          const error = await failure(act(session));
          assert.equal(error.failureCause, cause, error.message);
          assert.equal(error.isOfFront, false);
        },
      ));
  }

  test('its 404 of a blob, where the image stream is called as a part of the path is', () =>
    meetAs(
      ({ url }) =>
        url.startsWith('/v2/team-a/manifests/') ? failing(404, 'BLOB_UNKNOWN', 'x') : undefined,
      async (session) => {
        const asked = session.getBlob('team-a/manifests', CANARY.config, patience());
        assert.equal((await failure(asked)).failureCause, 'not-found');
      },
    ));
});

suite('a login', () => {
  test('of whose credentials the registry sees nothing is not refused', () =>
    meet(
      likeOpenShift(({ url, headers }) =>
        url === '/v2/' && headers.authorization !== undefined
          ? unauthorized(`Bearer realm="${ORIGIN}/openshift/token"`)
          : undefined,
      ),
      async (registry) => {
        const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
        assert.match(error.message, /removed the credentials/);
      },
    ));

  test('at a token server elsewhere that answers 403 is no missing right', async () => {
    const issuer = await stage(() => ({ status: 403, body: 'not from here' }));
    try {
      const realm = `https://127.0.0.1:${issuer.port}/token`;
      await meet(
        () => unauthorized(`Bearer realm="${realm}"`),
        async (registry) => {
          const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
          assert.deepEqual(
            [error.isOfFront, error.failureCause],
            [true, 'configuration'],
            error.message,
          );
          assert.match(error.message, /403 not from here; this is the token server/);
        },
        { realm },
      );
    } finally {
      await issuer.close();
    }
  });

  const front: Reply = page(401);
  for (const [name, path] of [
    ['whose token route is answered by a front', '/openshift/token'],
    ['whose token is judged by a front', '/v2/'],
  ] as const) {
    test(`${name} is not refused`, () =>
      meet(
        likeOpenShift(({ url, headers }) =>
          url.startsWith(path) && headers.authorization !== undefined ? front : undefined,
        ),
        async (registry) => {
          const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
          assert.equal(error.isOfFront, true, error.message);
        },
      ));
  }

  test('that a front answers with 200 is none', () =>
    meet(
      likeOpenShift(({ url, headers }) =>
        url === '/v2/' && headers.authorization !== undefined ? page(200) : undefined,
      ),
      async (registry) => {
        const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
        assert.equal(error.isOfFront, true, error.message);
      },
    ));

  test('is not taken for good where a front answers the question whether it is', () => {
    let isIn = false;
    return meetAs(
      ({ url, headers }) => {
        if (url.startsWith('/v2/team-a')) return unauthorized(ACCESS_DENIED);
        if (url !== '/v2/' || headers.authorization === undefined) return undefined;
        const reply = isIn ? unmarked(json(200, {})) : undefined;
        isIn = true;
        return reply;
      },
      async (session) => {
        const error = await failure(tags(session));
        assert.equal(error.isOfFront, true, error.message);
      },
    );
  });
});

suite('the health of a registry', () => {
  const at = (reply: Reply) =>
    meet(
      ({ url }) => (url === '/healthz' ? reply : page(404)),
      async (registry) => {
        await registry.healthz(patience());
      },
    );
  const own: Reply = { status: 200, headers: { 'cache-control': 'no-cache' } };
  test('is told by an empty 200 that nobody caches, which has no header', () => at(own));
  for (const status of [301, 302, 401, 403, 404, 405]) {
    test(`is not told by a front's ${status}`, async () => {
      const error = await failure(at(page(status)));
      assert.deepEqual(
        [error.isOfFront, error.failureCause],
        [true, 'configuration'],
        error.message,
      );
    });
  }
  test('is not told by an empty 200 that a gateway gives by itself', async () => {
    assert.equal((await failure(at({ status: 200 }))).isOfFront, true);
  });
  test('is not told by a page that a front answers with 200', async () => {
    const error = await failure(at(page(200)));
    assert.equal(error.isOfFront, true, error.message);
  });
});
