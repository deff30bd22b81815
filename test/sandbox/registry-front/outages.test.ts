import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { makeImage, pushImage } from './support/images.ts';
import { check, error } from './support/row.ts';
import type { Environment } from './support/environment.ts';
import { openEnvironment } from './support/environment.ts';

let env: Environment;
const image = makeImage();
before(async () => {
  env = await openEnvironment();
  await pushImage(env, 'editor', { repository: 'team-a/app', reference: 'v1' }, image);
});
after(() => env.close());

/** Waits for a matching line of the log after the first `from` ones. */
async function logHas(pattern: RegExp, from = 0): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await env.logLines()).slice(from).some((line) => pattern.test(line))) {
    assert.ok(Date.now() < deadline, `the log never had ${String(pattern)}`);
    await delay(5);
  }
}

test('a client that disconnects during an upload does no harm', async () => {
  const path = '/v2/team-a/app/blobs/uploads/';
  const started = await env.ask({ method: 'POST', path, as: 'editor' });
  const location = new URL(String(started.headers['location']));
  const upload = request(location, {
    method: 'PATCH',
    ca: env.ca,
    headers: { Authorization: `Bearer ${env.tokens.editor}`, 'Content-Length': 1_000_000 },
  });
  const failed = once(upload, 'error');
  const from = (await env.logLines()).length;
  upload.write(Buffer.alloc(100_000));
  await logHas(/msg="authorized request".*http\.request\.method=PATCH/, from);
  upload.destroy(new Error('gone'));
  await failed;
  await logHas(/msg=response .*http\.request\.method=PATCH.*http\.response\.status=499/, from);
  await check(env, { fact: 'still there', ask: { path: '/healthz' }, status: 200 });
});

test('a cluster API that fails after the review is a 500, and says nothing of the reason', async () => {
  const streams = env.cluster.images.streams;
  const kept = streams.get('team-a/app');
  assert.ok(kept !== undefined);
  streams.set(
    'team-a/app',
    new Map([['v1', [{ image: 7 as unknown as string, dockerImageReference: '' }]]]),
  );
  try {
    await check(env, {
      fact: 'an unreadable stream',
      ask: { path: '/v2/team-a/app/manifests/v1', as: 'viewer' },
      status: 500,
      json: error('UNKNOWN', 'unknown error', {}),
    });
  } finally {
    streams.set('team-a/app', kept);
  }
});

test('a dead backend is 500 UNKNOWN after the caller was authorised, and 401 before', async () => {
  await env.stopBackend();
  for (const path of [
    '/v2/team-a/app/manifests/v1',
    `/v2/team-a/app/blobs/${image.blobs[0]?.digest}`,
  ]) {
    await check(env, {
      fact: path,
      ask: { path, as: 'viewer' },
      status: 500,
      json: error('UNKNOWN', 'unknown error', {}),
    });
    await check(env, { fact: path, ask: { path, as: 'nobody' }, status: 401 });
  }
  await logHas(/level=error msg="response completed with error" err\.code=unknown/);
});
