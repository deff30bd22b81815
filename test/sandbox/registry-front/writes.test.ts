import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OCI, SCHEMA2, makeImage, pushBlob, pushImage, putManifest } from './support/images.ts';
import type { TestImage } from './support/images.ts';
import { check, error } from './support/row.ts';
import type { RegistryRequest, Environment } from './support/environment.ts';
import { openEnvironment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
after(() => env.close());

const UPLOADS = '/v2/team-a/app/blobs/uploads/';
const DENIED = error('DENIED', 'requested access to the resource is denied');

function firstBlob(image: TestImage) {
  const [blob] = image.blobs;
  assert.ok(blob !== undefined);
  return blob;
}

test('a blob is uploaded by POST 202, PATCH 202 and PUT 201, and is there afterwards only', async () => {
  const blob = firstBlob(makeImage());
  const path = `/v2/team-a/app/blobs/${blob.digest}`;
  const head = { method: 'HEAD', path, as: 'viewer' } as const;
  assert.equal((await env.ask(head)).status, 404);
  const [started, patched, ended] = await pushBlob(env, 'team-a/app', 'editor', blob);
  const uuid = String(started?.headers['docker-upload-uuid']);
  assert.equal(started?.status, 202);
  assert.equal(started.headers['range'], '0-0');
  assert.ok(
    String(started.headers['location']).startsWith(`${env.origin}${UPLOADS}${uuid}?_state=`),
  );
  assert.equal(patched?.status, 202);
  assert.equal(patched.headers['range'], `0-${blob.bytes.length - 1}`);
  assert.notEqual(patched.headers['location'], started.headers['location']);
  assert.equal(ended?.status, 201);
  assert.equal(ended.headers['location'], `${env.origin}${path}`);
  assert.equal(ended.headers['docker-content-digest'], blob.digest);
  assert.equal((await env.ask(head)).status, 200);
});

test('an upload in one PUT is possible, and its state can be asked for', async () => {
  const blob = firstBlob(makeImage());
  const started = await env.ask({ method: 'POST', path: UPLOADS, as: 'editor' });
  const location = new URL(String(started.headers['location']));
  const asked = await env.ask({ path: location.href, as: 'editor' });
  assert.equal(asked.status, 204);
  location.searchParams.set('digest', blob.digest);
  const body = blob.bytes;
  const ended = await env.ask({ method: 'PUT', path: location.href, as: 'editor', body });
  assert.equal(ended.status, 201);
});

test('DELETE of an upload cancels it: 204, and it is gone', async () => {
  const started = await env.ask({ method: 'POST', path: UPLOADS, as: 'editor' });
  const path = String(started.headers['location']);
  const cancelled = await env.ask({ method: 'DELETE', path, as: 'editor' });
  assert.equal(cancelled.status, 204);
  const again = await env.ask({ method: 'PATCH', path, as: 'editor', body: 'x' });
  assert.equal(again.status, 404, again.text);
});

test('a bad upload state is 404 BLOB_UPLOAD_INVALID', async () => {
  const started = await env.ask({ method: 'POST', path: UPLOADS, as: 'editor' });
  const location = new URL(String(started.headers['location']));
  location.searchParams.set('_state', 'forged');
  const answer = await env.ask({ method: 'PATCH', path: location.href, as: 'editor', body: 'x' });
  assert.equal(answer.status, 404);
  assert.deepEqual(
    JSON.parse(answer.text),
    error('BLOB_UPLOAD_INVALID', 'blob upload invalid', {}),
  );
});

test('an unknown upload is 404, with a detail that is empty', async () => {
  const path = `${UPLOADS}11111111-1111-4111-8111-111111111111`;
  const answer = await env.ask({ method: 'PATCH', path, as: 'editor', body: 'x' });
  assert.equal(answer.status, 404);
  assert.deepEqual(JSON.parse(answer.text).errors[0].detail, {});
});

test('a blob whose bytes do not have the digest is 400 DIGEST_INVALID', async () => {
  const blob = { bytes: Buffer.from('these bytes'), digest: `sha256:${'d'.repeat(64)}` };
  const last = (await pushBlob(env, 'team-a/app', 'editor', blob)).at(-1);
  assert.equal(last?.status, 400);
  assert.deepEqual(
    JSON.parse(last.text),
    error('DIGEST_INVALID', 'provided digest did not match uploaded content', {}),
  );
});

for (const mediaType of [SCHEMA2, OCI]) {
  test(`a push of ${mediaType} makes the missing stream and the tag, and the Image with its size`, async () => {
    const image = makeImage(mediaType);
    const repository = `team-a/made-${mediaType === OCI ? 'oci' : 'schema2'}`;
    const put = await pushImage(env, 'editor', { repository, reference: 'v1' }, image);
    assert.equal(put.status, 201, put.text);
    assert.equal(put.headers['docker-content-digest'], image.digest);
    assert.equal(
      put.headers['location'],
      `${env.origin}/v2/${repository}/manifests/${image.digest}`,
    );
    assert.deepEqual(imageFields(env.cluster.images.images.get(image.digest)), {
      reference: `image-registry.openshift-image-registry.svc:5000/${repository}@${image.digest}`,
      mediaType,
      layers: [image.blobs[1]?.digest],
      size: image.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0),
      annotations: {
        'openshift.io/image.managed': 'true',
        'image.openshift.io/manifestBlobStored': 'true',
        'image.openshift.io/dockerLayersOrder': 'ascending',
      },
    });
    const headers = { Accept: mediaType };
    const pulled = await env.ask({
      path: `/v2/${repository}/manifests/v1`,
      as: 'viewer',
      headers,
    });
    assert.deepEqual(pulled.bytes, image.manifest);
  });
}

function imageFields(image: unknown) {
  const object = Object(image);
  return {
    reference: object.dockerImageReference,
    mediaType: object.dockerImageManifestMediaType,
    layers: object.dockerImageLayers.map(({ name }: { name: string }) => name),
    size: object.dockerImageMetadata.Size,
    annotations: object.metadata.annotations,
  };
}

test('a newer push under a tag takes its place, and the older image stays in the stream', async () => {
  const place = { repository: 'team-a/moved', reference: 'v1' };
  const [older, newer] = [makeImage(), makeImage()];
  await pushImage(env, 'editor', place, older);
  await pushImage(env, 'editor', place, newer);
  const byTag = await env.ask({ path: '/v2/team-a/moved/manifests/v1', as: 'viewer' });
  assert.equal(byTag.headers['docker-content-digest'], newer.digest);
  const path = `/v2/team-a/moved/manifests/${older.digest}`;
  assert.equal((await env.ask({ path, as: 'viewer' })).status, 200);
});

interface Push {
  readonly fact: string;
  readonly as: NonNullable<RegistryRequest['as']>;
  readonly repository: string;
  readonly status: number;
  readonly json?: unknown;
}

/** openshift-facts.md 1.8 and 10.3: the outcome for the manifest after all blobs were accepted. */
const PUSHES: readonly Push[] = [
  {
    fact: 'one who may not make streams pushes to an existing one',
    as: 'pusher',
    repository: 'team-a/existing',
    status: 201,
  },
  {
    fact: 'one who may not make streams, to a missing one: 403 DENIED after the layers',
    as: 'pusher',
    repository: 'team-a/missing',
    status: 403,
    json: DENIED,
  },
  {
    fact: 'an administrator to a missing namespace: 403 DENIED after the layers',
    as: 'admin',
    repository: 'no-such-project/app',
    status: 403,
    json: DENIED,
  },
  {
    fact: 'over quota: 403 DENIED after the layers',
    as: 'admin',
    repository: 'over-quota/app',
    status: 403,
    json: DENIED,
  },
];

for (const push of PUSHES) {
  test(push.fact, async () => {
    await pushImage(env, 'editor', { repository: 'team-a/existing', reference: 'v0' });
    const { repository } = push;
    const put = await pushImage(env, push.as, { repository, reference: 'v1' });
    assert.equal(put.status, push.status, put.text);
    if (push.json !== undefined) {
      assert.deepEqual(JSON.parse(put.text), push.json);
    }
  });
}

test('a manifest whose layer is missing is 400 MANIFEST_BLOB_UNKNOWN and makes no stream', async () => {
  const place = { repository: 'team-a/layerless', reference: 'v1' };
  const put = await putManifest(env, 'editor', place, makeImage());
  assert.equal(put.status, 400);
  assert.match(put.text, /"MANIFEST_BLOB_UNKNOWN"/);
  assert.equal(env.cluster.images.streams.has('team-a/layerless'), false);
});

test('an odd media type and an odd manifest are 400 MANIFEST_INVALID', async () => {
  const place = { repository: 'team-a/app', reference: 'v1' };
  const { manifest } = makeImage();
  for (const [odd, detail] of [
    [{ manifest, mediaType: 'application/x-odd' }, {}],
    [{ manifest: Buffer.from('{"a"garbage'), mediaType: SCHEMA2 }, { Offset: 5 }],
    [
      { manifest: Buffer.alloc(4 * 1024 * 1024 + 1, 0x20), mediaType: SCHEMA2 },
      'http: request body too large',
    ],
  ] as const) {
    const put = await putManifest(env, 'editor', place, odd);
    assert.equal(put.status, 400);
    assert.deepEqual(JSON.parse(put.text), error('MANIFEST_INVALID', 'manifest invalid', detail));
  }
});

test('a manifest under a digest that is not its own is 400 DIGEST_INVALID', async () => {
  const reference = `sha256:${'e'.repeat(64)}`;
  const put = await putManifest(
    env,
    'editor',
    { repository: 'team-a/app', reference },
    makeImage(),
  );
  assert.equal(put.status, 400);
  assert.deepEqual(
    JSON.parse(put.text),
    error('DIGEST_INVALID', 'provided digest did not match uploaded content'),
  );
});

test('a push by digest makes the Image and no stream: reading it back is 500', async () => {
  const image = makeImage();
  const place = { repository: 'team-a/tagless', reference: image.digest };
  assert.equal((await pushImage(env, 'editor', place, image)).status, 201);
  assert.equal(env.cluster.images.images.has(image.digest), true);
  assert.equal(env.cluster.images.streams.has('team-a/tagless'), false);
  const path = `/v2/team-a/tagless/manifests/${image.digest}`;
  assert.equal((await env.ask({ path, as: 'viewer' })).status, 500);
  assert.equal((await pushImage(env, 'editor', place, image)).status, 201, 'a second time');
});

test('deletes: by digest 405 while the stream has it, by tag a 202 that does nothing', async () => {
  const image = makeImage();
  await pushImage(env, 'editor', { repository: 'team-a/kept', reference: 'v1' }, image);
  const manifests = '/v2/team-a/kept/manifests';
  await check(env, {
    fact: 'by digest',
    ask: { method: 'DELETE', path: `${manifests}/${image.digest}`, as: 'admin' },
    status: 405,
    json: error('UNSUPPORTED', 'The operation is unsupported.'),
  });
  const byTag = { method: 'DELETE', path: `${manifests}/v1`, as: 'admin' } as const;
  await check(env, { fact: 'by tag', ask: byTag, status: 202, text: '' });
  const path = '/v2/team-a/never-made/manifests/v1';
  await check(env, { fact: 'no stream', ask: { ...byTag, path }, status: 202 });
  await check(env, {
    fact: 'still there',
    ask: { path: `${manifests}/v1`, as: 'viewer' },
    status: 200,
  });
});

test('a digest that the stream no longer has can be deleted once, and a blob too', async () => {
  const image = makeImage();
  await pushImage(env, 'editor', { repository: 'team-a/gone', reference: 'v1' }, image);
  env.cluster.images.streams.get('team-a/gone')?.clear();
  const path = `/v2/team-a/gone/manifests/${image.digest}`;
  const ask = { method: 'DELETE', path, as: 'admin' } as const;
  await check(env, { fact: 'first', ask, status: 202 });
  await check(env, { fact: 'second', ask, status: 404 });
  const blob = `/v2/team-a/gone/blobs/${firstBlob(image).digest}`;
  await check(env, { fact: 'blob', ask: { ...ask, path: blob }, status: 202 });
});
