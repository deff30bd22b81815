import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeImage, pushBlob, pushImage } from '../support/images.ts';
import { check, record, unauthorized } from '../support/row.ts';
import { openEnvironment } from '../support/environment.ts';
import type { Environment } from '../support/environment.ts';

let env: Environment;
const image = makeImage();
const place = { repository: 'team-a/app', reference: 'v1' };
const SIGNATURES = `/extensions/v2/team-a/app/signatures/${image.digest}`;

before(async () => {
  env = await openEnvironment();
  assert.equal((await pushImage(env, 'editor', place, image)).status, 201);
});
after(() => env.close());

test('a signature is 401 without the right to make image signatures, and says which record', async () => {
  await check(env, {
    fact: 'an editor may push, and not sign',
    ask: { method: 'PUT', path: SIGNATURES, as: 'editor', body: '{}' },
    status: 401,
    json: unauthorized([
      record('team-a/app', 'pull'),
      record('team-a/app', 'push'),
      record('team-a/app', 'put', 'signature'),
    ]),
  });
  assert.deepEqual(env.cluster.asked.at(-1), {
    verb: 'create',
    group: 'image.openshift.io',
    resource: 'imagesignatures',
  });
});

test('a signature is 201 with the right, is listed, and exists once', async () => {
  const content = Buffer.from('signed').toString('base64');
  const signature = {
    schemaVersion: 2,
    name: `${image.digest}@one`,
    type: 'AtomicImageV1',
    content,
  };
  const put = (body: unknown) =>
    env.ask({ method: 'PUT', path: SIGNATURES, as: 'admin', body: JSON.stringify(body) });
  const made = await put(signature);
  assert.deepEqual([made.status, made.text], [201, '']);
  const listed = await env.ask({ path: SIGNATURES, as: 'viewer' });
  assert.deepEqual(JSON.parse(listed.text), { signatures: [signature] });
  assert.match((await put(signature)).text, /"SIGNATURE_EXISTS"/);
  const older = await put({ ...signature, schemaVersion: 1 });
  assert.equal(older.status, 400);
  assert.match(older.text, /"SIGNATURE_INVALID"/);
});

test('/admin/blobs is 401 without the right and 204 with it, whether there is such a blob or not', async () => {
  const unknown = `/admin/blobs/sha256:${'5'.repeat(64)}`;
  await check(env, {
    fact: 'an editor',
    ask: { method: 'DELETE', path: unknown, as: 'editor' },
    status: 401,
    json: unauthorized([record('', 'prune', 'admin')]),
  });
  await check(env, {
    fact: 'an administrator',
    ask: { method: 'DELETE', path: unknown, as: 'admin' },
    status: 204,
    text: '',
  });
  await check(env, { fact: 'GET', ask: { path: unknown, as: 'admin' }, status: 405 });
});

test('a blob deleted by /admin/blobs is gone until it is pushed again, in read-only mode too', async () => {
  const [blob] = image.blobs;
  assert.ok(blob);
  await env.breakWith({ readOnly: true });
  const path = `/admin/blobs/${blob.digest}`;
  assert.equal((await env.ask({ method: 'DELETE', path, as: 'admin' })).status, 204);
  await env.breakWith({});
  const read = { path: `/v2/team-a/app/blobs/${blob.digest}`, as: 'viewer' } as const;
  assert.equal((await env.ask(read)).status, 404);
  await pushBlob(env, 'team-a/app', 'editor', blob);
  assert.equal((await env.ask(read)).status, 200);
});
