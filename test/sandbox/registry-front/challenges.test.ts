import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCESS_DENIED, basic, check, record, unauthorized } from './support/row.ts';
import type { Row } from './support/row.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
after(() => env.close());

const MANIFEST = '/v2/team-a/app/manifests/v1';
const UPLOADS = '/v2/team-a/app/blobs/uploads/';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const BEARER = /^Bearer realm="https:\/\/localhost:\d+\/openshift\/token"$/;
const UNDECODABLE = 'Basic realm=openshift,error="failed to decode credentials"';

const pull = [record('team-a/app', 'pull')];
const push = [...pull, record('team-a/app', 'push')];

/** openshift-facts.md 1.3, 10.2, 10.3 and 10.9. */
const ROWS: readonly Row[] = [
  {
    fact: 'no Authorization is challenged for a bearer token, without service and scope',
    ask: { path: '/v2/' },
    status: 401,
    json: unauthorized(null),
    headers: { 'WWW-Authenticate': BEARER, 'Content-Type': 'application/json' },
  },
  {
    fact: 'another scheme than Basic and Bearer is no Authorization',
    ask: { path: '/v2/', headers: { Authorization: 'Negotiate abc' } },
    status: 401,
    headers: { 'WWW-Authenticate': BEARER },
  },
  {
    fact: 'a scheme without credentials is no Authorization',
    ask: { path: '/v2/', headers: { Authorization: 'Bearer' } },
    status: 401,
    headers: { 'WWW-Authenticate': BEARER },
  },
  {
    fact: 'a bad token is answered with a Basic challenge and a null detail on /v2/',
    ask: { path: '/v2/', as: 'expired' },
    status: 401,
    json: unauthorized(null),
    headers: { 'WWW-Authenticate': ACCESS_DENIED, 'X-Registry-Supports-Signatures': '1' },
  },
  {
    fact: 'an empty Basic password cannot be decoded',
    ask: { path: '/v2/', headers: { Authorization: basic('viewer', '') } },
    status: 401,
    headers: { 'WWW-Authenticate': UNDECODABLE },
  },
  {
    fact: 'Basic credentials that are no base64 cannot be decoded',
    ask: { path: '/v2/', headers: { Authorization: 'Basic %%%' } },
    status: 401,
    headers: { 'WWW-Authenticate': UNDECODABLE },
  },
  {
    fact: 'no credentials on a pull: a bearer challenge that names the pull',
    ask: { path: MANIFEST },
    status: 401,
    json: unauthorized(pull),
    headers: { 'WWW-Authenticate': BEARER },
  },
  {
    fact: 'a good token without a role on a pull is 401, never 403',
    ask: { path: MANIFEST, as: 'nobody' },
    status: 401,
    json: unauthorized(pull),
    headers: { 'WWW-Authenticate': ACCESS_DENIED },
  },
  {
    fact: 'a refused push names pull and push',
    ask: { path: UPLOADS, method: 'POST', as: 'viewer' },
    status: 401,
    json: unauthorized(push),
    headers: { 'WWW-Authenticate': ACCESS_DENIED, 'Content-Length': '222' },
  },
  {
    fact: 'a refused mount names the source too',
    ask: { path: `${UPLOADS}?mount=${DIGEST}&from=team-b/base`, method: 'POST', as: 'viewer' },
    status: 401,
    json: unauthorized([...push, record('team-b/base', 'pull')]),
  },
  {
    fact: 'a refused delete names the delete',
    ask: { path: `/v2/team-a/app/manifests/${DIGEST}`, method: 'DELETE', as: 'editor' },
    status: 401,
    json: unauthorized([record('team-a/app', 'delete')]),
  },
  {
    fact: 'deleting a tag needs the right to delete images too',
    ask: { path: MANIFEST, method: 'DELETE', as: 'editor' },
    status: 401,
  },
  {
    fact: 'deleting a blob needs the right to delete images',
    ask: { path: `/v2/team-a/app/blobs/${DIGEST}`, method: 'DELETE', as: 'editor' },
    status: 401,
  },
  {
    fact: 'the catalog is refused to a viewer',
    ask: { path: '/v2/_catalog', as: 'viewer' },
    status: 401,
    json: unauthorized([record('catalog', '*', 'registry')]),
  },
  {
    fact: 'metrics without credentials: a bearer challenge',
    ask: { path: '/extensions/v2/metrics' },
    status: 401,
    json: unauthorized([record('', 'get', 'metrics')]),
    headers: { 'WWW-Authenticate': BEARER },
  },
  {
    fact: 'metrics without the right: 401 access denied',
    ask: { path: '/extensions/v2/metrics', as: 'viewer' },
    status: 401,
    headers: { 'WWW-Authenticate': ACCESS_DENIED },
  },
  {
    fact: 'metrics for the anonymous: 401 access denied',
    ask: { path: '/extensions/v2/metrics', as: 'anonymous' },
    status: 401,
    headers: { 'WWW-Authenticate': ACCESS_DENIED },
  },
  {
    fact: 'permission comes before existence: a stream that is not there is 401 too',
    ask: { path: '/v2/team-b/never-made/manifests/v1', as: 'viewer' },
    status: 401,
  },
];

for (const row of ROWS) {
  test(row.fact, async () => {
    await check(env, row);
  });
}

/** The realm has the host name that the client used (openshift-facts.md 1.3). */
const REALMS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['the Host header', { Host: 'registry.example:5000' }, 'https://registry.example:5000'],
  [
    'a forwarded host',
    { 'X-Forwarded-Host': 'route.example', 'X-Forwarded-Proto': 'https' },
    'https://route.example',
  ],
  [
    'a forwarded host with the default port, which is dropped',
    { 'X-Forwarded-Host': 'route.example', 'X-Forwarded-Port': '443' },
    'https://route.example',
  ],
  [
    'a forwarded host with another port',
    { 'X-Forwarded-Host': 'route.example', 'X-Forwarded-Port': '8443' },
    'https://route.example:8443',
  ],
  [
    'a forwarded protocol',
    { 'X-Forwarded-Host': 'route.example:80', 'X-Forwarded-Proto': 'http' },
    'http://route.example:80',
  ],
];

for (const [name, headers, origin] of REALMS) {
  test(`the realm is derived from ${name}`, async () => {
    const answer = await env.ask({ path: '/v2/', headers });
    assert.equal(answer.headers['www-authenticate'], `Bearer realm="${origin}/openshift/token"`);
  });
}

test('the recorded sizes of the 401 bodies are met to the byte', async () => {
  assert.equal((await env.ask({ path: '/v2/' })).bytes.length, 87);
  assert.equal((await env.ask({ path: MANIFEST, as: 'nobody' })).bytes.length, 153);
});
