import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  OCI,
  OCI_INDEX,
  SCHEMA2,
  digestOf,
  makeImage,
  pushImage,
  putManifest,
} from './support/images.ts';
import type { TestImage } from './support/images.ts';
import { check, error } from './support/row.ts';
import type { Row } from './support/row.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
const schema2 = makeImage(SCHEMA2);
const oci = makeImage(OCI);
const layer = schema2.blobs[1]?.digest ?? '';
const layerBytes = schema2.blobs[1]?.bytes ?? Buffer.alloc(0);
const unknown = `sha256:${'c'.repeat(64)}`;
const index = indexOf(oci);

before(async () => {
  env = await openEnvironment();
  const place = { repository: 'team-a/app', reference: 'v1' };
  assert.equal((await pushImage(env, 'editor', place, schema2)).status, 201);
  const ociPlace = { repository: 'team-a/oci', reference: 'v1' };
  assert.equal((await pushImage(env, 'editor', ociPlace, oci)).status, 201);
  const multi = { repository: 'team-a/multi', reference: oci.digest };
  assert.equal((await pushImage(env, 'editor', multi, oci)).status, 201);
  const put = await putManifest(env, 'editor', { ...multi, reference: 'all' }, index);
  assert.equal(put.status, 201, put.text);
});
after(() => env.close());

function indexOf(child: TestImage): { manifest: Buffer; mediaType: string } {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          mediaType: OCI,
          digest: child.digest,
          size: child.manifest.length,
          platform: { architecture: 'amd64', os: 'linux' },
        },
      ],
    }),
  );
  return { manifest, mediaType: OCI_INDEX };
}

const APP = '/v2/team-a/app';
const manifestHeaders = {
  'Content-Type': SCHEMA2,
  'Content-Length': String(schema2.manifest.length),
  'Docker-Content-Digest': schema2.digest,
  Etag: `"${schema2.digest}"`,
  'Docker-Distribution-API-Version': 'registry/2.0',
  'X-Registry-Supports-Signatures': '1',
};
const blobHeaders = {
  'Accept-Ranges': 'bytes',
  'Cache-Control': 'max-age=31536000',
  'Docker-Content-Digest': layer,
  Etag: `"${layer}"`,
};
function manifestUnknown(detail: unknown) {
  return error('MANIFEST_UNKNOWN', 'manifest unknown', detail);
}
function accepting(type: string) {
  return { Accept: `application/json, ${type};q=0.5` };
}

/** openshift-facts.md 1.7 and the reads of 10.3. */
const ROWS: readonly Row[] = [
  {
    fact: 'a manifest by tag',
    ask: { path: `${APP}/manifests/v1` },
    status: 200,
    text: schema2.manifest.toString(),
    headers: manifestHeaders,
  },
  {
    fact: 'HEAD of a manifest by tag: the same without a body',
    ask: { path: `${APP}/manifests/v1`, method: 'HEAD' },
    status: 200,
    text: '',
    headers: manifestHeaders,
  },
  {
    fact: 'a manifest by digest',
    ask: { path: `${APP}/manifests/${schema2.digest}` },
    status: 200,
    text: schema2.manifest.toString(),
    headers: manifestHeaders,
  },
  {
    fact: 'If-None-Match with the quoted digest: 304',
    ask: { path: `${APP}/manifests/v1`, headers: { 'If-None-Match': `"${schema2.digest}"` } },
    status: 304,
    text: '',
  },
  {
    fact: 'by tag, the stream missing: NAME_UNKNOWN without detail',
    ask: { path: '/v2/team-a/never-made/manifests/v1' },
    status: 404,
    json: error('NAME_UNKNOWN', 'repository name not known to registry'),
    headers: { 'Content-Type': 'application/json' },
  },
  {
    fact: 'by tag, the tag missing: MANIFEST_UNKNOWN with the tag',
    ask: { path: `${APP}/manifests/nope` },
    status: 404,
    json: manifestUnknown({ Tag: 'nope' }),
    headers: { 'Content-Length': '94' },
  },
  {
    fact: "a digest that isn't the stream's: MANIFEST_UNKNOWN with name and revision",
    ask: { path: `${APP}/manifests/${unknown}` },
    status: 404,
    json: manifestUnknown({ Name: 'team-a/app', Revision: unknown }),
  },
  {
    fact: 'a digest of another stream is not served through this one',
    ask: { path: `${APP}/manifests/${oci.digest}`, headers: accepting(OCI) },
    status: 404,
  },
  {
    fact: 'by digest, the stream missing: 500 UNKNOWN, not 404',
    ask: { path: `/v2/team-a/never-made/manifests/${schema2.digest}` },
    status: 500,
    json: error('UNKNOWN', 'unknown error', {}),
  },
  {
    fact: 'an OCI manifest for a client that does not accept it',
    ask: { path: '/v2/team-a/oci/manifests/v1', headers: accepting(SCHEMA2) },
    status: 404,
    json: error(
      'MANIFEST_UNKNOWN',
      'OCI manifest found, but accept header does not support OCI manifests',
    ),
  },
  {
    fact: 'an OCI manifest for a client that accepts it',
    ask: { path: '/v2/team-a/oci/manifests/v1', headers: accepting(OCI) },
    status: 200,
    headers: { 'Content-Type': OCI, 'Docker-Content-Digest': oci.digest },
  },
  {
    fact: 'an OCI index for a client that does not accept it',
    ask: { path: '/v2/team-a/multi/manifests/all', headers: accepting(OCI) },
    status: 404,
    json: error(
      'MANIFEST_UNKNOWN',
      'OCI index found, but accept header does not support OCI indexes',
    ),
  },
  {
    fact: 'an OCI index for a client that accepts it',
    ask: { path: '/v2/team-a/multi/manifests/all', headers: accepting(OCI_INDEX) },
    status: 200,
    headers: { 'Docker-Content-Digest': digestOf(index.manifest) },
  },
  {
    fact: 'a manifest below an index, that no tag has in its history',
    ask: { path: `/v2/team-a/multi/manifests/${oci.digest}`, headers: accepting(OCI) },
    status: 200,
  },
  {
    fact: 'a missing blob: BLOB_UNKNOWN with the digest',
    ask: { path: `${APP}/blobs/${unknown}` },
    status: 404,
    json: error('BLOB_UNKNOWN', 'blob unknown to registry', unknown),
  },
  {
    fact: 'HEAD of a missing blob',
    ask: { path: `${APP}/blobs/${unknown}`, method: 'HEAD' },
    status: 404,
    text: '',
  },
  {
    fact: 'a blob',
    ask: { path: `${APP}/blobs/${layer}` },
    status: 200,
    headers: {
      ...blobHeaders,
      'Content-Length': '130',
      'Content-Type': 'application/octet-stream',
    },
  },
  {
    fact: 'HEAD of a blob',
    ask: { path: `${APP}/blobs/${layer}`, method: 'HEAD' },
    status: 200,
    text: '',
    headers: { ...blobHeaders, 'Content-Length': '130' },
  },
  {
    fact: 'a range of a blob: 206',
    ask: { path: `${APP}/blobs/${layer}`, headers: { Range: 'bytes=10-19' } },
    status: 206,
    headers: { 'Content-Range': 'bytes 10-19/130', 'Content-Length': '10' },
  },
  {
    fact: 'an unknown path: 404 as text',
    ask: { path: '/v2/team-a/app/nothing' },
    status: 404,
    text: '404 page not found\n',
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'X-Registry-Supports-Signatures': undefined,
      'Docker-Distribution-API-Version': 'registry/2.0',
    },
  },
  {
    fact: 'a method that a route has not: 405 with those it has',
    ask: { path: `${APP}/tags/list`, method: 'PUT', as: 'editor' },
    status: 405,
    text: 'Method not allowed\n',
    headers: { Allow: 'GET' },
  },
  {
    fact: 'an image has no signatures: podman and skopeo ask at every pull',
    ask: { path: `/extensions/v2/team-a/app/signatures/${schema2.digest}` },
    status: 200,
    json: { signatures: [] },
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  },
  {
    fact: 'signatures of an image that one may not pull: 401',
    ask: { path: `/extensions/v2/team-a/app/signatures/${unknown}`, as: 'nobody' },
    status: 401,
  },
  {
    fact: 'signatures of an image that the stream has not: 404 without a body',
    ask: { path: `/extensions/v2/team-a/app/signatures/${unknown}` },
    status: 404,
    text: '',
  },
];

for (const row of ROWS) {
  test(row.fact, async () => {
    await check(env, { ...row, ask: { as: 'viewer', ...row.ask } });
  });
}

test("a blob's bytes come through whole, and a range is that part of them", async () => {
  const path = `${APP}/blobs/${layer}`;
  const whole = await env.ask({ path, as: 'viewer' });
  assert.deepEqual(whole.bytes, layerBytes);
  const part = await env.ask({ path, as: 'viewer', headers: { Range: 'bytes=10-19' } });
  assert.deepEqual(part.bytes, layerBytes.subarray(10, 20));
});

test('a service account pulls like any user with the right', async () => {
  await check(env, { fact: 'bot', ask: { path: `${APP}/manifests/v1`, as: 'bot' }, status: 200 });
});

test('a tag that points at an image of another stream serves that image', async () => {
  const item = {
    image: schema2.digest,
    dockerImageReference: `image-registry.openshift-image-registry.svc:5000/team-a/app@${schema2.digest}`,
  };
  env.cluster.images.streams.set('team-a/alias', new Map([['latest', [item]]]));
  await check(env, {
    fact: 'alias',
    ask: { path: '/v2/team-a/alias/manifests/latest', as: 'viewer' },
    status: 200,
    headers: { 'Docker-Content-Digest': schema2.digest },
  });
});

test('an image whose content is elsewhere would need pull-through: 501', async () => {
  const item = { image: unknown, dockerImageReference: `quay.io/team/app@${unknown}` };
  env.cluster.images.streams.set('team-a/imported', new Map([['latest', [item]]]));
  const answer = await check(env, {
    fact: 'imported',
    ask: { path: '/v2/team-a/imported/manifests/latest', as: 'viewer' },
    status: 501,
  });
  assert.match(answer.text, /pull-through/);
});
