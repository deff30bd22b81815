import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { after, afterEach, before, test } from 'node:test';
import type { Faults } from '../../../sandbox/registry-front/faults.ts';
import { SCHEMA2, makeImage, pushBlob, pushImage } from './support/images.ts';
import { check, error } from './support/row.ts';
import type { Row } from './support/row.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
const image = makeImage(SCHEMA2);
const layer = image.blobs[1]?.digest ?? '';
const hex = layer.slice('sha256:'.length);

before(async () => {
  env = await openEnvironment();
  await pushImage(env, 'editor', { repository: 'team-a/app', reference: 'v1' }, image);
});
afterEach(() => env.breakWith({}));
after(() => env.close());

const UPLOADS = '/v2/team-a/app/blobs/uploads/';
const MANIFEST = '/v2/team-a/app/manifests/v1';
const BLOB = `/v2/team-a/app/blobs/${layer}`;
const UNHEALTHY = {
  status: 503,
  json: error(
    'UNAVAILABLE',
    'service unavailable',
    'health check failed: please see /debug/health',
  ),
  headers: { 'Docker-Distribution-API-Version': undefined, 'Content-Type': 'application/json' },
};
const LIMITED = {
  status: 429,
  text: 'Too many requests, please try again later.\n',
  headers: { 'Retry-After': '1', 'Content-Type': 'text/plain; charset=utf-8' },
};
const READ_ONLY = {
  status: 405,
  text: 'Method not allowed\n',
  headers: { Allow: 'GET, HEAD', 'Content-Type': 'text/plain; charset=utf-8' },
};

const HEALTH: readonly Row[] = ['/healthz', '/'].map((path) => ({
  fact: `${path} is 200, empty, uncached and asks nobody`,
  ask: { path, method: 'POST' },
  status: 200,
  text: '',
  headers: { 'Cache-Control': 'no-cache', 'Docker-Distribution-API-Version': undefined },
}));

/** openshift-facts.md 1.2, 1.3, 1.7, 1.8 and 1.9, and faults for tests only. */
const ROWS: readonly (readonly [Faults, Row])[] = [
  ...HEALTH.map((row) => [{}, row] as const),
  ...['/', '/healthz', '/v2/', '/openshift/token', '/nothing', '/debug/health', MANIFEST].map(
    (path) =>
      [
        { unhealthy: true },
        { fact: `ill storage: 503 on ${path}`, ask: { path }, ...UNHEALTHY },
      ] as const,
  ),
  [
    { requestLimit: true },
    { fact: 'over the limit: 429 before auth', ask: { path: MANIFEST }, ...LIMITED },
  ],
  [
    { requestLimit: true },
    { fact: '/healthz is not limited', ask: { path: '/healthz' }, status: 200 },
  ],
  [
    { readOnly: true },
    {
      fact: 'read-only: an upload is 405 as text',
      ask: { path: UPLOADS, method: 'POST', as: 'editor' },
      ...READ_ONLY,
    },
  ],
  [
    { readOnly: true },
    {
      fact: 'read-only: a manifest PUT is 405 as text',
      ask: { path: MANIFEST, method: 'PUT', as: 'editor' },
      ...READ_ONLY,
    },
  ],
  [
    { readOnly: true },
    {
      fact: 'read-only: who may not push is still 401',
      ask: { path: UPLOADS, method: 'POST', as: 'viewer' },
      status: 401,
    },
  ],
  [
    { readOnly: true },
    { fact: 'read-only: a pull goes on', ask: { path: MANIFEST, as: 'viewer' }, status: 200 },
  ],
  [
    { uploadStatus: 502 },
    { fact: 'a broken upload', ask: { path: UPLOADS, method: 'POST', as: 'editor' }, status: 502 },
  ],
  [
    { uploadStatus: 502 },
    {
      fact: 'a broken upload does not hide a refusal',
      ask: { path: UPLOADS, method: 'POST', as: 'viewer' },
      status: 401,
    },
  ],
  [
    { tokenRoute: 'broken' },
    { fact: 'a broken token route', ask: { path: '/openshift/token' }, status: 500 },
  ],
  [
    { realm: 'https://evil.example/token' },
    {
      fact: 'a realm elsewhere',
      ask: { path: '/v2/' },
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer realm="https://evil.example/token"' },
    },
  ],
  [
    { location: 'https://evil.example' },
    {
      fact: 'a Location elsewhere',
      ask: { path: UPLOADS, method: 'POST', as: 'editor' },
      status: 202,
      headers: { Location: /^https:\/\/evil\.example\/v2\/team-a\/app\/blobs\/uploads\// },
    },
  ],
  [
    { redirectBlobs: 'https://storage.example/bucket' },
    {
      fact: 'a blob on object storage is 307',
      ask: { path: BLOB, as: 'viewer' },
      status: 307,
      headers: {
        Location: `https://storage.example/bucket/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`,
      },
    },
  ],
  [
    { redirectBlobs: 'https://storage.example/bucket' },
    {
      fact: 'a missing blob is 404 and no redirect',
      ask: { path: `/v2/team-a/app/blobs/sha256:${'f'.repeat(64)}`, as: 'viewer' },
      status: 404,
    },
  ],
];

for (const [faults, row] of ROWS) {
  test(`${row.fact} ${JSON.stringify(faults)}`, async () => {
    await env.breakWith(faults);
    await check(env, row);
  });
}

test('a full disk: 500 UNKNOWN on each write, and the error that the shipped alert counts', async () => {
  const [blob] = makeImage().blobs;
  assert.ok(blob !== undefined);
  const started = await env.ask({ method: 'POST', path: UPLOADS, as: 'editor' });
  const path = String(started.headers['location']);
  await env.breakWith({ storageFull: true });
  const [post] = await pushBlob(env, 'team-a/app', 'editor', blob);
  const patch = await env.ask({ method: 'PATCH', path, as: 'editor', body: 'bytes' });
  const put = await env.ask({ method: 'PUT', path: MANIFEST, as: 'editor', body: '{}' });
  for (const answer of [post, patch, put]) {
    assert.equal(answer?.status, 500);
    assert.match(answer.text, /"UNKNOWN"/);
  }
  const metrics = await env.ask({ path: '/extensions/v2/metrics', as: 'scraper' });
  assert.match(
    metrics.text,
    /^imageregistry_storage_errors_total\{code="DEVICE_OUT_OF_SPACE",operation="FileWriter.Write"\} 1$/m,
  );
});

test('altered bytes keep the length and lose the digest', async () => {
  const whole = await env.ask({ path: BLOB, as: 'viewer' });
  await env.breakWith({ wrongDigest: true });
  const wrong = await env.ask({ path: BLOB, as: 'viewer' });
  assert.equal(wrong.status, 200);
  assert.equal(wrong.bytes.length, whole.bytes.length);
  assert.notDeepEqual(wrong.bytes, whole.bytes);
});

test('the security bug lets a viewer push what the review denies, and only that', async () => {
  const place = { repository: 'team-a/app', reference: 'sneaked' };
  await env.breakWith({ letThrough: true });
  assert.equal((await pushImage(env, 'viewer', place)).status, 201);
  await check(env, {
    fact: 'bad token',
    ask: { path: UPLOADS, method: 'POST', as: 'expired' },
    status: 401,
  });
  await check(env, { fact: 'a pull', ask: { path: MANIFEST, as: 'nobody' }, status: 401 });
});

test('a slow registry answers, but late', async () => {
  await env.breakWith({ slowMs: 120 });
  const start = performance.now();
  await check(env, { fact: 'slow', ask: { path: '/healthz' }, status: 200 });
  assert.ok(performance.now() - start >= 110);
});

test('a hanging registry takes the request and says nothing until it is healed for the next', async () => {
  await env.breakWith({ hang: true });
  const { port } = new URL(env.origin);
  const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
  let received = '';
  socket.on('data', (data) => {
    received += String(data);
  });
  try {
    await once(socket, 'secureConnect');
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // The answer to a second request, sent after the first one was received, shows that the first one
    // hangs.
    await env.breakWith({});
    await check(env, { fact: 'the next', ask: { path: '/healthz' }, status: 200 });
    assert.equal(received, '');
  } finally {
    socket.destroy();
  }
});

test('unknown faults are refused by name, and what was in force stays', async () => {
  await env.breakWith({ readOnly: true });
  const refused = await env.breakWith({ readonly: true } as Faults);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /readonly/);
  await check(env, {
    fact: 'still read-only',
    ask: { path: UPLOADS, method: 'POST', as: 'editor' },
    status: 405,
  });
});
