import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RegistrySession } from '../../src/registry/session.ts';
import { CANARY } from '../../src/registry/canary.ts';
import { failure } from './failure-of.ts';
import { failing, json, meetAs, ORIGIN, patience } from './play.ts';
import type { Reply } from './play.ts';

const DIGEST = CANARY.config.digest;
type Act = (session: RegistrySession) => Promise<unknown>;

const pull: Act = (session) => session.getManifest('team-a/app', 'v1', patience());
const pullByDigest: Act = (session) => session.getManifest('team-a/app', DIGEST, patience());
const blob: Act = (session) => session.getBlob('team-a/app', CANARY.config, patience());
const upload: Act = (session) => session.startUpload('team-a/app', patience());
const push: Act = (session) => session.putManifest('team-a/app', 'v1', CANARY.manifest, patience());
const tags: Act = (session) => session.listTags('team-a/app', patience());
const nested: Act = (session) => session.listTags('team-a/app/part', patience());

function text(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    body,
    headers: { 'content-type': 'text/plain', ...headers },
  };
}
function denied(message: string): Reply {
  return failing(403, 'DENIED', message, {});
}

suite('an answer becomes a cause:', () => {
  const table: readonly (readonly [string, Act, Reply, string, RegExp])[] = [
    [
      'missing stream',
      pull,
      failing(404, 'NAME_UNKNOWN', 'repository name not known'),
      'not-found',
      /NAME_UNKNOWN repository name not known/,
    ],
    [
      'missing tag',
      pull,
      failing(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { Tag: 'v1' }),
      'not-found',
      /MANIFEST_UNKNOWN manifest unknown \{"Tag":"v1"\}/,
    ],
    [
      'missing blob',
      blob,
      failing(404, 'BLOB_UNKNOWN', 'blob unknown to registry', DIGEST),
      'not-found',
      /BLOB_UNKNOWN/,
    ],
    [
      'pull-through that fails',
      pull,
      failing(404, 'OPENSHIFT_PULLTHROUGH_MANIFEST', 'unable to pull manifest from quay.test/x'),
      'not-found',
      /quay\.test/,
    ],
    [
      'stream missing, by digest',
      pullByDigest,
      failing(500, 'UNKNOWN', 'unknown error', {}),
      'server-error',
      /500 UNKNOWN/,
    ],
    [
      'limits reached',
      pull,
      text(429, 'Too many requests, please try again later.', { 'retry-after': '1' }),
      'rate-limited',
      /Too many requests/,
    ],
    [
      'upstream of a pull-through limits',
      pull,
      failing(429, 'TOOMANYREQUESTS', 'slow down'),
      'rate-limited',
      /TOOMANYREQUESTS/,
    ],
    [
      'ill storage',
      pull,
      {
        status: 503,
        isUnmarked: true,
        body: '{"errors":[{"code":"UNAVAILABLE","message":"service unavailable","detail":"health check failed: please see /debug/health"}]}',
      },
      'storage',
      /health check failed/,
    ],
    [
      'no pod behind the router',
      pull,
      {
        status: 503,
        isUnmarked: true,
        headers: { 'content-type': 'text/html' },
        body: '<h1>Application is not available</h1>',
      },
      'server-error',
      /of the router/,
    ],
    [
      '503 of the registry itself',
      pull,
      failing(503, 'UNAVAILABLE', 'service unavailable', 'draining'),
      'server-error',
      /draining; look at the logs/,
    ],
    [
      'read-only registry',
      upload,
      text(405, 'Method not allowed\n', { allow: 'GET, HEAD' }),
      'storage',
      /read-only: spec\.readOnly/,
    ],
    [
      'manifest at a read-only registry',
      push,
      text(405, 'Method not allowed\n', { allow: 'GET, HEAD' }),
      'storage',
      /read-only/,
    ],
    [
      'unsupported',
      upload,
      failing(405, 'UNSUPPORTED', 'The operation is unsupported.'),
      'configuration',
      /UNSUPPORTED/,
    ],
    [
      'missing project',
      push,
      denied('requested access to the resource is denied'),
      'forbidden',
      /image stream is missing and the subject may not create it/,
    ],
    [
      'resource quota',
      push,
      denied(
        'imagestreams.image.openshift.io "app" is forbidden: exceeded quota: q, requested: openshift.io/imagestreams=1',
      ),
      'quota',
      /exceeded quota.*resource quota/,
    ],
    [
      'limit range',
      push,
      denied(
        'requested usage of openshift.io/images exceeds the maximum limit per openshift.io/ImageStream (3 > 2)',
      ),
      'quota',
      /limit range/,
    ],
    [
      'blob gone after the upload',
      push,
      failing(400, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown', DIGEST),
      'storage',
      /MANIFEST_BLOB_UNKNOWN.*replicas share/,
    ],
    [
      'upload unknown to this replica',
      upload,
      failing(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry'),
      'storage',
      /replicas share/,
    ],
    [
      'odd manifest',
      push,
      failing(400, 'MANIFEST_INVALID', 'manifest invalid'),
      'configuration',
      /does not accept this request/,
    ],
    [
      'disk full',
      upload,
      failing(500, 'UNKNOWN', 'unknown error', {
        driver: 'filesystem',
        detail: 'no space left on device',
      }),
      'storage',
      /no space left/,
    ],
    [
      'API server away (empty 400)',
      pull,
      { status: 400 },
      'server-error',
      /400 with an empty body; the registry could not ask/,
    ],
    ['three-part name (empty 400)', nested, { status: 400 }, 'configuration', /project\/name/],
    ['teapot', tags, text(418, 'short and stout'), 'configuration', /418 short and stout/],
    [
      'manifest redirected',
      pull,
      { status: 302, headers: { location: '/x' } },
      'configuration',
      /redirect/,
    ],
    ['wrong success', upload, json(200, {}), 'configuration', /200/],
    [
      'errors of an odd kind',
      tags,
      json(404, { errors: 'none' }),
      'configuration',
      /\{"errors":"none"\}/,
    ],
    [
      'errors with odd members',
      tags,
      json(404, { errors: [{ code: 7 }] }),
      'configuration',
      /\{"code":7\}/,
    ],
    ['errors without words', tags, json(500, { errors: [{}] }), 'server-error', /500/],
    ['no error at all', tags, json(500, { errors: [] }), 'server-error', /500/],
    ['half a JSON', tags, text(500, '{"errors":[{"co'), 'server-error', /\{"errors":\[\{"co/],
    ['control characters', tags, text(500, 'a\u001b[31m\r\nb'), 'server-error', /500 a \[31m b;/],
  ];
  for (const [name, act, reply, cause, message] of table) {
    test(`${name} is ${cause}`, () =>
      meetAs(
        ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined),
        async (session) => {
          const error = await failure(act(session));
          assert.equal(error.failureCause, cause, error.message);
          assert.match(error.message, message);
          assert.equal(error.tried.origin, ORIGIN);
          assert.ok(
            error.message.startsWith(`${error.tried.method} ${error.tried.path} at ${ORIGIN}: `),
          );
        },
      ));
  }
});

test('code, status and what was tried are kept', () =>
  meetAs(
    ({ url }) => (url.startsWith('/v2/team-a') ? failing(404, 'MANIFEST_UNKNOWN', 'x') : undefined),
    async (session) => {
      const error = await failure(pull(session));
      assert.equal(error.code, 'MANIFEST_UNKNOWN');
      assert.equal(error.status, 404);
      assert.deepEqual(error.tried, {
        method: 'GET',
        path: '/v2/team-a/app/manifests/v1',
        origin: ORIGIN,
      });
    },
  ));

suite('Retry-After', () => {
  const after = async (header: string): Promise<number | undefined> => {
    let ms: number | undefined;
    await meetAs(
      ({ url }) =>
        url.startsWith('/v2/team-a') ? text(429, '', { 'retry-after': header }) : undefined,
      async (session) => {
        ms = (await failure(pull(session))).retryAfterMs;
      },
    );
    return ms;
  };
  test('in seconds becomes milliseconds', async () => assert.equal(await after('7'), 7000));
  test('that is nonsense is left out', async () => assert.equal(await after('soon'), undefined));
  test('as a date becomes the time until then', async () => {
    const ms = (await after(new Date(Date.now() + 60_000).toUTCString())) ?? 0;
    assert.ok(ms > 50_000 && ms <= 60_000, `${ms}`);
  });
  test('in the past is now', async () => {
    assert.equal(await after('Mon, 01 Jan 2001 00:00:00 GMT'), 0);
  });
});

test('a huge error body is read to 64 KiB only, and its message stays short', () =>
  meetAs(
    ({ url }) =>
      url.startsWith('/v2/team-a')
        ? (response) => {
            response.writeHead(500);
            // Never ends: whoever wants all of it waits for ever.
            const more = (): void => {
              while (response.write(Buffer.alloc(64 * 1024, 'x')));
              response.once('drain', more);
            };
            more();
          }
        : undefined,
    async (session) => {
      const error = await failure(pull(session));
      assert.equal(error.failureCause, 'server-error');
      assert.ok(error.message.length < 600, `${error.message.length}`);
    },
  ));
