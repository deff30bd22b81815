import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { cluster } from './the-cluster.ts';

const REGISTRY = 'image-registry.openshift-image-registry.svc:5000';
const IMAGE = '/apis/image.openshift.io/v1';
const STREAMS = `${IMAGE}/namespaces/team-a/imagestreams`;
const TAGS = `${IMAGE}/namespaces/team-a/imagestreamtags`;
const MAPPINGS = `${IMAGE}/namespaces/team-a/imagestreammappings`;

await cluster.admin.create('/api/v1/namespaces', { metadata: { name: 'team-a' } });

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function stream(name: string) {
  return { metadata: { name } };
}

/** What the registry posts after a push. */
function mapping(name: string, tag: string, content: string) {
  return {
    metadata: { name },
    tag,
    image: {
      metadata: {
        name: digestOf(content),
        annotations: { 'openshift.io/image.managed': 'true' },
      },
      dockerImageManifestMediaType: 'manifest',
      dockerImageMetadata: { Id: digestOf(`${content} config`) },
      dockerImageLayers: [{ name: digestOf(`${content} layer`), size: 7, mediaType: 'layer' }],
    },
  };
}

interface StreamStatus {
  readonly dockerImageRepository: string;
  readonly tags: readonly {
    readonly tag: string;
    readonly items: readonly { readonly image: string; readonly dockerImageReference: string }[];
  }[];
}

async function statusOf(name: string): Promise<StreamStatus> {
  return (await cluster.admin.get(`${STREAMS}/${name}`)).body.status as StreamStatus;
}

for (const [name, code] of [
  ['plain', 201],
  ['with-dash.and_more', 201],
  ['Capital', 422],
  ['a:b', 422],
] as const) {
  test(`creating the ImageStream ${name} answers ${code}`, async () => {
    const { code: answered, body } = await cluster.admin.create(STREAMS, stream(name));
    assert.equal(answered, code, body.message);
  });
}

test('a stream says where it is pushed to, and a client cannot write its status', async () => {
  const { admin } = cluster;
  const tags = [{ tag: 'forged', items: [{ image: 'x' }] }];
  const { body } = await admin.create(STREAMS, { ...stream('mine'), status: { tags } });
  assert.deepEqual(body.status, { dockerImageRepository: `${REGISTRY}/team-a/mine`, tags: [] });
  const forged = await admin.replace(`${STREAMS}/mine`, { ...body, status: { tags } });
  assert.equal(forged.code, 200);
  assert.deepEqual((await statusOf('mine')).tags, []);
  const written = await admin.replace(`${STREAMS}/mine/status`, { ...body, status: { tags } });
  assert.equal(written.code, 200, written.body.message);
  assert.equal((await statusOf('mine')).tags[0]?.tag, 'forged');
});

for (const path of ['imagestreams', 'imagestreammappings']) {
  test(`posting to ${path} of a missing namespace is a 404 about the namespace`, async () => {
    const body = path === 'imagestreams' ? stream('x') : mapping('x', 'v1', 'x');
    const answer = await cluster.admin.create(`${IMAGE}/namespaces/nowhere/${path}`, body);
    assert.equal(answer.code, 404);
    assert.deepEqual(answer.body.details, { name: 'nowhere', kind: 'namespaces' });
    await cluster.admin.create('/api/v1/namespaces', { metadata: { name: `made-${path}` } });
    const made = `${IMAGE}/namespaces/made-${path}/imagestreams`;
    assert.equal((await cluster.admin.create(made, stream('x'))).code, 201);
  });
}

test('a mapping to a missing stream is a 404 about the mapping, by which the registry makes the stream', async () => {
  const { code, body } = await cluster.admin.create(MAPPINGS, mapping('absent', 'v1', 'x'));
  assert.equal(code, 404);
  assert.deepEqual(body.details, {
    name: 'absent',
    group: 'image.openshift.io',
    kind: 'imagestreammappings',
  });
});

test('a push makes the Image and the newest item of the tag', async () => {
  const { admin } = cluster;
  await admin.create(STREAMS, stream('app'));
  for (const content of ['one', 'two', 'two']) {
    const { code, body } = await admin.create(MAPPINGS, mapping('app', 'v1', content));
    assert.deepEqual([code, body.kind, body.status], [201, 'Status', 'Success']);
  }
  const { tags } = await statusOf('app');
  assert.deepEqual(
    tags.map(({ tag, items }) => [tag, items.map(({ image }) => image)]),
    [['v1', [digestOf('two'), digestOf('one')]]],
  );
  const reference = `${REGISTRY}/team-a/app@${digestOf('two')}`;
  assert.equal(tags[0]?.items[0]?.dockerImageReference, reference);
  const { body: image } = await admin.get(`${IMAGE}/images/${digestOf('two')}`);
  assert.deepEqual([image.kind, image['dockerImageReference']], ['Image', reference]);
});

test('pushes of many tags at the same time are all kept', async () => {
  await cluster.admin.create(STREAMS, stream('busy'));
  const names = Array.from({ length: 6 }, (_, index) => `t${index}`);
  const codes = await Promise.all(
    names.map(
      async (tag) => (await cluster.admin.create(MAPPINGS, mapping('busy', tag, tag))).code,
    ),
  );
  assert.deepEqual(new Set(codes), new Set([201]));
  assert.deepEqual((await statusOf('busy')).tags.map(({ tag }) => tag).toSorted(), names);
});

test('layers, tags and images of a stream are views of it', async () => {
  const { admin } = cluster;
  await admin.create(STREAMS, stream('viewed'));
  await admin.create(MAPPINGS, mapping('viewed', 'v1', 'viewed'));
  const { body: layers } = await admin.get(`${STREAMS}/viewed/layers`);
  const layer = digestOf('viewed layer');
  assert.deepEqual(
    [layers.kind, layers['blobs'], layers['images']],
    [
      'ImageStreamLayers',
      {
        [layer]: { size: 7, mediaType: 'layer' },
        [digestOf('viewed')]: { size: null, mediaType: 'manifest' },
      },
      { [digestOf('viewed')]: { layers: [layer], config: digestOf('viewed config') } },
    ],
  );
  const { body: tag } = await admin.get(`${TAGS}/viewed:v1`);
  const named = tag['image'] as { metadata: { name: string } };
  assert.deepEqual([tag.kind, named.metadata.name], ['ImageStreamTag', digestOf('viewed')]);
  const { body: list } = await admin.get(`${TAGS}?fieldSelector=metadata.name%3Dviewed:v1`);
  assert.deepEqual(
    list.items.map(({ metadata }) => metadata.name),
    ['viewed:v1'],
  );
  const images = `${IMAGE}/namespaces/team-a/imagestreamimages`;
  assert.equal((await admin.get(`${images}/viewed@${digestOf('viewed')}`)).code, 200);
  assert.equal((await admin.get(`${images}/viewed@${digestOf('nothing')}`)).code, 404);
  assert.equal((await admin.get(`${TAGS}/viewed:v2`)).code, 404);
});

test('what image.openshift.io answers is not to be stored by anybody', async () => {
  const { headers } = await cluster.admin.get(`${STREAMS}/nope`);
  // kube-apiserver adds its own text.
  assert.match([headers['cache-control']].flat().join(', '), /\bno-store\b/);
});

test('a tag of a missing stream is a NotFound that names the stream, without the tag', async () => {
  for (const answer of [
    await cluster.admin.get(`${TAGS}/nope:v1`),
    await cluster.admin.remove(`${TAGS}/nope:v1`),
  ]) {
    assert.equal(answer.code, 404);
    assert.deepEqual(answer.body.details, {
      name: 'nope',
      group: 'image.openshift.io',
      kind: 'imagestreams',
    });
  }
});

test('a stream without tags has a lookup policy in its spec and nothing else', async () => {
  const { body } = await cluster.admin.create(STREAMS, stream('bare'));
  assert.deepEqual(body['spec'], { lookupPolicy: { local: false } });
  const { body: read } = await cluster.admin.get(`${STREAMS}/bare`);
  assert.deepEqual(read['spec'], { lookupPolicy: { local: false } });
});

test("an index has no layers, and the stream's blobs hold it", async () => {
  const { admin } = cluster;
  await admin.create(STREAMS, stream('indexed'));
  const { image, ...rest } = mapping('indexed', 'v1', 'index');
  const child = digestOf('child');
  const made = await admin.create(MAPPINGS, {
    ...rest,
    image: {
      metadata: image.metadata,
      dockerImageManifestMediaType: 'index',
      dockerImageManifests: [{ digest: child, mediaType: 'manifest', manifestSize: 3 }],
    },
  });
  assert.equal(made.code, 201, made.body.message);
  const { body } = await admin.get(`${STREAMS}/indexed/layers`);
  assert.deepEqual(
    [body['blobs'], body['images']],
    [
      { [digestOf('index')]: { size: null, mediaType: 'index' } },
      { [digestOf('index')]: { layers: null, manifests: [child] } },
    ],
  );
});

test('deleting an ImageStreamTag takes the tag and the digest out of the stream', async () => {
  const { admin } = cluster;
  await admin.create(STREAMS, stream('untagged'));
  await admin.create(MAPPINGS, mapping('untagged', 'v1', 'untagged'));
  assert.equal((await admin.remove(`${TAGS}/untagged:v1`)).code, 200);
  assert.equal((await admin.get(`${TAGS}/untagged:v1`)).code, 404);
  assert.deepEqual((await statusOf('untagged')).tags, []);
  assert.equal((await admin.remove(`${TAGS}/untagged:v1`)).code, 404);
});

test('an ImageStreamTag is made from another tag, once', async () => {
  const { admin } = cluster;
  await admin.create(STREAMS, stream('copied'));
  await admin.create(MAPPINGS, mapping('copied', 'v1', 'copied'));
  const from = { kind: 'ImageStreamTag', name: 'copied:v1' };
  const body = { metadata: { name: 'copied:prod' }, tag: { from } };
  assert.equal((await admin.create(TAGS, body)).code, 201);
  assert.equal((await admin.create(TAGS, body)).code, 409);
  const prod = (await statusOf('copied')).tags.find(({ tag }) => tag === 'prod');
  assert.equal(prod?.items[0]?.image, digestOf('copied'));
});

test('a ResourceQuota on image streams refuses the one too many', async () => {
  const { admin } = cluster;
  await admin.create('/api/v1/namespaces', { metadata: { name: 'small' } });
  await admin.create('/api/v1/namespaces/small/resourcequotas', {
    metadata: { name: 'few' },
    spec: { hard: { 'openshift.io/imagestreams': '1' } },
  });
  const path = `${IMAGE}/namespaces/small/imagestreams`;
  assert.equal((await admin.create(path, stream('first'))).code, 201);
  const { code, body } = await admin.create(path, stream('second'));
  assert.equal(code, 403);
  assert.match(body.message, /exceeded quota: few, requested: openshift.io\/imagestreams=1/);
});

test('streams of one namespace or of all are listed and watched', async () => {
  const { admin } = cluster;
  await admin.create('/api/v1/namespaces', { metadata: { name: 'team-c' } });
  const path = `${IMAGE}/namespaces/team-c/imagestreams`;
  const { body: list } = await admin.get(path);
  assert.deepEqual(list.items, []);
  await admin.create(path, stream('listed'));
  const { body: all } = await admin.get(
    `${IMAGE}/imagestreams?fieldSelector=metadata.namespace%3Dteam-c`,
  );
  assert.deepEqual(
    all.items.map(({ metadata }) => metadata.name),
    ['listed'],
  );
  const from = `${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  for await (const { type, object } of admin.watch(from, AbortSignal.timeout(20_000))) {
    assert.deepEqual([type, object.metadata.name], ['ADDED', 'listed']);
    break;
  }
});
