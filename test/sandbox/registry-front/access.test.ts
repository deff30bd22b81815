import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Attributes } from './support/fake-cluster.ts';
import { makeImage, pushBlob, pushImage } from './support/images.ts';
import { check } from './support/row.ts';
import type { RegistryRequest, Environment } from './support/environment.ts';
import { openEnvironment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
after(() => env.close());

const DIGEST = `sha256:${'b'.repeat(64)}`;
const group = 'image.openshift.io';
function layers(verb: string): Attributes {
  return {
    group,
    verb,
    resource: 'imagestreams/layers',
    namespace: 'team-a',
    name: 'app',
  };
}

/** openshift-facts.md 1.6: which review each request asks; the slash is inside `resource`. */
const REVIEWS: readonly (readonly [string, RegistryRequest, readonly Attributes[]])[] = [
  ['a manifest GET', { path: '/v2/team-a/app/manifests/v1' }, [layers('get')]],
  ['a manifest HEAD', { path: '/v2/team-a/app/manifests/v1', method: 'HEAD' }, [layers('get')]],
  ['a blob GET', { path: `/v2/team-a/app/blobs/${DIGEST}` }, [layers('get')]],
  ['the tags', { path: '/v2/team-a/app/tags/list' }, [layers('get')]],
  [
    'an upload',
    { path: '/v2/team-a/app/blobs/uploads/', method: 'POST' },
    [layers('get'), layers('update')],
  ],
  [
    'a manifest PUT',
    { path: '/v2/team-a/app/manifests/v1', method: 'PUT' },
    [layers('get'), layers('update')],
  ],
  [
    "an upload's end",
    { path: '/v2/team-a/app/blobs/uploads/some-uuid', method: 'DELETE' },
    [layers('update')],
  ],
  [
    'a manifest DELETE',
    { path: `/v2/team-a/app/manifests/${DIGEST}`, method: 'DELETE' },
    [{ group, verb: 'delete', resource: 'images' }],
  ],
  ['the catalog', { path: '/v2/_catalog' }, [{ group, verb: 'list', resource: 'imagestreams' }]],
  [
    'the metrics',
    { path: '/extensions/v2/metrics' },
    [{ group, verb: 'get', resource: 'registry', subresource: 'metrics' }],
  ],
];

for (const [name, ask, expected] of REVIEWS) {
  test(`${name} is decided by exactly its review`, async () => {
    env.cluster.asked.length = 0;
    await env.ask({ ...ask, as: 'nobody' });
    assert.deepEqual(env.cluster.asked, expected);
  });
}

test('a name of one or three segments is an empty 400 for a known caller and a challenge for others', async () => {
  for (const name of ['app', 'team-a/app/more']) {
    const path = `/v2/${name}/manifests/v1`;
    await check(env, { fact: name, ask: { path, as: 'admin' }, status: 400, text: '' });
    await check(env, { fact: name, ask: { path }, status: 401 });
    await check(env, { fact: name, ask: { path, as: 'expired' }, status: 401 });
  }
});

test('an anonymous pull works once the anonymous have the right, with the word anonymous only', async () => {
  await pushImage(env, 'editor', { repository: 'team-a/public', reference: 'v1' });
  const path = '/v2/team-a/public/manifests/v1';
  await check(env, { fact: 'before', ask: { path, as: 'anonymous' }, status: 401 });
  const right = { verbs: ['get'], resource: 'imagestreams/layers', namespace: 'team-a' };
  env.cluster.anonymousRights.push(right);
  try {
    await check(env, { fact: 'with the right', ask: { path, as: 'anonymous' }, status: 200 });
    await check(env, { fact: 'no header', ask: { path }, status: 401 });
  } finally {
    env.cluster.anonymousRights.length = 0;
  }
});

test('a mount from a repository one may not pull falls back to an upload', async () => {
  const image = makeImage();
  const [blob] = image.blobs;
  assert.ok(blob !== undefined);
  await pushBlob(env, 'team-b/base', 'admin', blob);
  const path = `/v2/team-a/app/blobs/uploads/?mount=${blob.digest}&from=team-b/base`;
  await check(env, {
    fact: 'editor',
    ask: { path, method: 'POST', as: 'editor' },
    status: 202,
    headers: { Location: /\/v2\/team-a\/app\/blobs\/uploads\/[^/]+\?_state=/ },
  });
  await check(env, {
    fact: 'admin',
    ask: { path, method: 'POST', as: 'admin' },
    status: 201,
    headers: { 'Docker-Content-Digest': blob.digest },
  });
});

test('a push is refused to a viewer on every route of a push', async () => {
  for (const [method, path] of [
    ['POST', '/v2/team-a/app/blobs/uploads/'],
    ['PATCH', '/v2/team-a/app/blobs/uploads/some-uuid?_state=x'],
    ['PUT', '/v2/team-a/app/blobs/uploads/some-uuid?_state=x'],
    ['DELETE', '/v2/team-a/app/blobs/uploads/some-uuid?_state=x'],
    ['PUT', '/v2/team-a/app/manifests/v1'],
  ] as const) {
    await check(env, {
      fact: `${method} ${path}`,
      ask: { method, path, as: 'viewer' },
      status: 401,
    });
  }
});
