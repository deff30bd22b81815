import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { makeImage, pushImage } from './support/images.ts';
import { check, error } from './support/row.ts';
import type { World } from './support/world.ts';
import { openWorld } from './support/world.ts';

let world: World;
const image = makeImage();
before(async () => {
  world = await openWorld();
  await pushImage(world, 'editor', { repository: 'team-a/app', reference: 'v1' }, image);
});
after(() => world.close());

/** Waits for a line of the log, past the first `from` ones. */
const logHas = async (pattern: RegExp, from = 0): Promise<void> => {
  const deadline = Date.now() + 5_000;
  while (!(await world.logLines()).slice(from).some((line) => pattern.test(line))) {
    assert.ok(Date.now() < deadline, `the log never had ${String(pattern)}`);
    await delay(5);
  }
};

test('a client that leaves in the middle of an upload takes nothing with it', async () => {
  const path = '/v2/team-a/app/blobs/uploads/';
  const started = await world.ask({ method: 'POST', path, as: 'editor' });
  const location = new URL(String(started.headers['location']));
  const upload = request(location, {
    method: 'PATCH',
    ca: world.ca,
    headers: { Authorization: `Bearer ${world.tokens.editor}`, 'Content-Length': 1_000_000 },
  });
  const failed = once(upload, 'error');
  const from = (await world.logLines()).length;
  upload.write(Buffer.alloc(100_000));
  await logHas(/msg="authorized request".*http\.request\.method=PATCH/, from);
  upload.destroy(new Error('gone'));
  await failed;
  await logHas(/msg=response .*http\.request\.method=PATCH.*http\.response\.status=499/, from);
  await check(world, { fact: 'still there', ask: { path: '/healthz' }, status: 200 });
});

test('a cluster API that fails after the review is a 500, and says nothing of the reason', async () => {
  const streams = world.cluster.images.streams;
  const kept = streams.get('team-a/app');
  assert.ok(kept !== undefined);
  streams.set(
    'team-a/app',
    new Map([['v1', [{ image: 7 as unknown as string, dockerImageReference: '' }]]]),
  );
  try {
    await check(world, {
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
  await world.stopBackend();
  for (const path of [
    '/v2/team-a/app/manifests/v1',
    `/v2/team-a/app/blobs/${image.blobs[0]?.digest}`,
  ]) {
    await check(world, {
      fact: path,
      ask: { path, as: 'viewer' },
      status: 500,
      json: error('UNKNOWN', 'unknown error', {}),
    });
    await check(world, { fact: path, ask: { path, as: 'nobody' }, status: 401 });
  }
  await logHas(/level=error msg="response completed with error" err\.code=unknown/);
});
