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
  patience,
  TOKEN,
  unauthorized,
} from './play.ts';
import type { Reply } from './play.ts';

type Act = (session: RegistrySession) => Promise<unknown>;

const ACTS = {
  pull: (session) => session.getManifest('team-a/app', 'v1', patience()),
  'pull by digest': (session) =>
    session.getManifest('team-a/app', CANARY.manifest.digest, patience()),
  blob: (session) => session.getBlob('team-a/app', CANARY.config, patience()),
  peek: (session) => session.peekBlob('team-a/app', CANARY.config, patience()),
  tags: (session) => session.listTags('team-a/app', patience()),
  upload: (session) => session.startUpload('team-a/app', patience()),
  'whole upload': (session) => session.putBlob('team-a/app', CANARY.config.bytes, patience()),
  push: (session) => session.putManifest('team-a/app', 'v1', CANARY.manifest, patience()),
  metrics: (session) => session.metrics(patience()),
} satisfies Record<string, Act>;

type Name = keyof typeof ACTS;
const ALL = Object.keys(ACTS) as readonly Name[];
function without(...names: readonly Name[]) {
  return ALL.filter((name) => !names.includes(name));
}

function bare(reply: Reply): Reply {
  return (response, socket) => {
    assert.ok(typeof reply === 'object');
    // What the registry would name is taken away again.
    for (const name of ['docker-content-digest', 'docker-upload-uuid']) response.removeHeader(name);
    void socket;
    response.writeHead(reply.status, reply.headers as Record<string, string>).end(reply.body);
  };
}
function typed(status: number, type: string, body: string): Reply {
  return bare({ status, headers: { 'content-type': type }, body });
}
function raw(...lines: readonly string[]): Reply {
  return (_response, socket) => void socket.end(lines.join('\r\n'));
}
const MARK = 'Docker-Distribution-Api-Version: registry/2.0';
const page = '<!doctype html><html><title>Sign in</title></html>';
function challenge(...offers: readonly string[]): Reply {
  return bare({ status: 401, headers: { 'www-authenticate': offers.join(', ') } });
}
function code(status: number, name: string, offer?: string): Reply {
  return json(
    status,
    { errors: [{ code: name, message: 'no', detail: null }] },
    offer === undefined ? {} : { 'www-authenticate': offer },
  );
}

/** Each marked with the registry's header, unless it says otherwise. */
const FRONTS: readonly (readonly [what: string, reply: Reply, to: readonly Name[]])[] = [
  ['{} with 200 to everything', typed(200, 'application/json', '{}'), ALL],
  ['nothing with 200 to everything', bare({ status: 200 }), ALL],
  ['ok with 200 to everything', typed(200, 'text/plain', 'ok'), ALL],
  ['a page with 200 and without a type', bare({ status: 200, body: page }), ALL],
  ['a page of Text/HTML', typed(200, 'Text/HTML', page), ALL],
  ['a page of XHTML', typed(200, 'application/xhtml+xml', page), ALL],
  ['nothing with 201', bare({ status: 201 }), ALL],
  ['an upload with 202 that has no id', bare(redirect('/v2/team-a/app/blobs/uploads/1', 202)), ALL],
  ['nothing with 204', bare({ status: 204 }), ALL],
  ['a 407', bare({ status: 407 }), ALL],
  ['a 418', bare({ status: 418 }), ALL],
  ['a 451', bare({ status: 451 }), ALL],
  ["a network's 511", { ...bodyOf(511), isUnmarked: true }, ALL],
  ['a 302 to a portal', { ...redirect('http://portal.test/'), isUnmarked: true }, ALL],
  ['a 303 to a login', bare(redirect('/login', 303)), ALL],
  ["Harbor's 404", code(404, 'NOT_FOUND'), ALL],
  ["Harbor's 403", code(403, 'FORBIDDEN'), ALL],
  ["Harbor's policy", code(412, 'PROJECTPOLICYVIOLATION'), ALL],
  ["Harbor's 401", code(401, 'UNAUTHORIZED', 'Bearer realm="https://harbor.test/token"'), ALL],
  ["Quay's login", code(401, 'INVALID_LOGIN'), ALL],
  ["Nexus' 401", code(401, 'UNAUTHORIZED', 'BASIC realm="Sonatype Nexus"'), ALL],
  ["Artifactory's 403", code(403, 'DENIED'), without('push')],
  ["Artifactory's 404", code(404, 'MANIFEST_UNKNOWN'), without('pull', 'pull by digest', 'push')],
  ["a firewall's JSON", json(403, { errors: [{ status: 403, message: 'no' }] }), ALL],
  ["two errors, the first a stranger's", twoErrors(), ALL],
  ['a 401 with Kerberos and a password', challenge('Negotiate', 'Basic realm="corp"'), ALL],
  ['its code beside Kerberos', code(401, 'UNAUTHORIZED', 'Negotiate'), ALL],
  ['its realm in another case', challenge('Basic realm="OpenShift"'), ALL],
  ['a 404 without a body', bare({ status: 404 }), ALL],
  ['a header of another version', version('registry/1.0'), ALL],
  ['an empty header', version(''), ALL],
  ['a 404 of HTTP/1.0', raw('HTTP/1.0 404 Not Found', 'Content-Type: text/html', '', page), ALL],
  ['a 403 that is cut', raw('HTTP/1.1 403 Forbidden', 'Content-Length: 500', '', '<html>'), ALL],
  [
    'a page with its header that is cut',
    raw('HTTP/1.1 403 No', MARK, 'Content-Type: text/html', 'Content-Length: 500', '', '<html>'),
    ALL,
  ],
];

for (const [what, reply, to] of FRONTS) {
  suite(`${what} is no word of the registry's to`, () => {
    for (const name of to) {
      test(name, () =>
        meetAs(
          ({ url }) => (/^\/(v2\/team-a|extensions)/.test(url) ? reply : undefined),
          async (session) => {
            const error = await failure(ACTS[name](session));
            assert.deepEqual(
              [error.isOfFront, error.failureCause],
              [true, 'configuration'],
              error.message,
            );
            assert.match(error.message, /a front|front answered/);
          },
        ),
      );
    }
  });
}

suite("of a registry's own answer", () => {
  test('one among several challenges is enough', () =>
    meetAs(
      ({ url }) => (url.startsWith('/v2/team-a') ? several() : undefined),
      async (session) => {
        assert.equal((await failure(ACTS.tags(session))).failureCause, 'forbidden');
      },
    ));

  for (const name of ['pull', 'upload', 'tags'] as const) {
    test(`a half is no word at all, which may come whole later: ${name}`, () =>
      meetAs(
        ({ url }) => (url.startsWith('/v2/team-a') ? half() : undefined),
        async (session) => {
          const error = await failure(ACTS[name](session));
          assert.deepEqual([error.isOfFront, error.failureCause], [false, 'tcp'], error.message);
        },
      ));
  }

  function several(): Reply {
    return { status: 401, headers: { 'www-authenticate': ['Negotiate', ACCESS_DENIED] } };
  }
  function half(): Reply {
    const type = 'Content-Type: application/json';
    return raw('HTTP/1.1 404 No', MARK, type, 'Content-Length: 99', '', '{"errors":[{"code":"MAN');
  }
});

suite('a login is neither refused nor taken where a front answers', () => {
  const table: readonly (readonly [string, string, Reply])[] = [
    ["the token route with Nexus' refusal", '/openshift/token', code(401, 'UNAUTHORIZED')],
    ["the token route with Quay's", '/openshift/token', code(401, 'INVALID_LOGIN')],
    ['the token route with {}', '/openshift/token', json(200, {})],
    ['the check of the token with ok', '/v2/', marked(typed(200, 'text/plain', 'ok'))],
    ['the check of the token with nothing', '/v2/', marked(bare({ status: 200 }))],
    ['the check of the token with a page', '/v2/', marked(bare({ status: 200, body: page }))],
    ['the check of the token with a 404', '/v2/', failing(404, 'MANIFEST_UNKNOWN', 'no')],
    ["the check of the token with Nexus' refusal", '/v2/', nexus()],
  ];
  for (const [what, path, reply] of table) {
    test(what, () =>
      meet(
        likeOpenShift(({ url, headers }) =>
          url.startsWith(path) && headers.authorization !== undefined ? reply : undefined,
        ),
        async (registry) => {
          const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
          assert.deepEqual(
            [error.isOfFront, error.failureCause],
            [true, 'configuration'],
            error.message,
          );
        },
      ),
    );
  }

  for (const [what, reply] of [
    ['ok', marked(typed(200, 'text/plain', 'ok'))],
    ['{}, as a registry without any authentication', json(200, {})],
    ["another registry's challenge", unauthorized('Bearer realm="https://quay.test/v2/auth"')],
    ['no challenge', code(401, 'UNAUTHORIZED')],
  ] as const) {
    test(`the question how to log in, with ${what}`, () =>
      meet(
        () => reply,
        async (registry) => {
          const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
          assert.equal(error.isOfFront, true, error.message);
        },
      ));
  }

  function nexus(): Reply {
    return code(401, 'UNAUTHORIZED', 'BASIC realm="Sonatype Nexus"');
  }
});

function bodyOf(status: number) {
  return { status, headers: { 'content-type': 'text/html' }, body: page };
}

function redirect(location: string, status = 302) {
  return { status, headers: { location } };
}

function twoErrors(): Reply {
  return json(404, { errors: [{ code: 'X' }, { code: 'MANIFEST_UNKNOWN' }] });
}

function version(value: string): Reply {
  return (response) => {
    response.setHeader('docker-distribution-api-version', value);
    response.writeHead(401, { 'www-authenticate': ACCESS_DENIED }).end();
  };
}
