import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeImage, pushImage } from '../support/images.ts';
import { check, error } from '../support/row.ts';
import type { Row } from '../support/row.ts';
import { openEnvironment } from '../support/environment.ts';
import type { Environment } from '../support/environment.ts';

let env: Environment;
const image = makeImage();
const layer = image.blobs[1]?.digest ?? '';
const APP = '/v2/team-a/app';

before(async () => {
  env = await openEnvironment();
  const place = { repository: 'team-a/app', reference: 'v1' };
  assert.equal((await pushImage(env, 'editor', place, image)).status, 201);
});
after(() => env.close());

/** openshift-facts.md 11.1. */
const ROWS: readonly Row[] = [
  {
    fact: 'a malformed digest of a blob: 400 DIGEST_INVALID',
    ask: { path: `${APP}/blobs/sha256:xyz` },
    status: 400,
    json: error('DIGEST_INVALID', 'provided digest did not match uploaded content', {}),
    headers: { 'X-Registry-Supports-Signatures': '1' },
  },
  {
    fact: 'a malformed digest in a repository that one may not pull: 401 as for any other',
    ask: { path: `${APP}/blobs/sha256:xyz`, as: 'nobody' },
    status: 401,
  },
  {
    fact: 'a range that cannot be satisfied: 416 as text, with the size and the digest',
    ask: { path: `${APP}/blobs/${layer}`, headers: { Range: 'bytes=1000-' } },
    status: 416,
    text: 'invalid range: failed to overlap\n',
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Range': 'bytes */130',
      'Docker-Content-Digest': layer,
    },
  },
  {
    fact: '/v2 without its slash: 301 with a body',
    ask: { path: '/v2' },
    status: 301,
    text: '<a href="/v2/">Moved Permanently</a>.\n\n',
    headers: { Location: '/v2/', 'Content-Type': 'text/html; charset=utf-8' },
  },
];

for (const row of ROWS) {
  test(row.fact, async () => {
    await check(env, { ...row, ask: { as: 'viewer', ...row.ask } });
  });
}
