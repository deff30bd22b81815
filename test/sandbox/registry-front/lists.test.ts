import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { check, error } from './support/row.ts';
import type { Row } from './support/row.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
const item = { image: `sha256:${'a'.repeat(64)}`, dockerImageReference: '' };
function tagged(...tags: readonly string[]) {
  return new Map(tags.map((tag) => [tag, [item]]));
}

before(async () => {
  env = await openEnvironment();
  const { streams } = env.cluster.images;
  streams.set('team-a/alias', tagged('latest'));
  streams.set('team-a/app', tagged('v1'));
  streams.set('team-a/paged', tagged('c', 'a', 'b'));
});
after(() => env.close());

/** openshift-facts.md 1.7. */
const TAGS: readonly Row[] = [
  {
    fact: 'the tags of a stream',
    ask: { path: '/v2/team-a/app/tags/list' },
    status: 200,
    text: '{"name":"team-a/app","tags":["v1"]}\n',
    headers: { 'Content-Type': 'application/json' },
  },
  {
    fact: 'the tags of a missing stream: NAME_UNKNOWN with the name',
    ask: { path: '/v2/team-a/never-made/tags/list' },
    status: 404,
    json: error('NAME_UNKNOWN', 'repository name not known to registry', {
      name: 'team-a/never-made',
    }),
  },
];

for (const row of TAGS) {
  test(row.fact, async () => {
    await check(env, { ...row, ask: { as: 'viewer', ...row.ask } });
  });
}

test('tags are paged on demand, sorted', async () => {
  const path = '/v2/team-a/paged/tags/list';
  await check(env, {
    fact: 'unpaged',
    ask: { path, as: 'viewer' },
    status: 200,
    json: { name: 'team-a/paged', tags: ['c', 'a', 'b'] },
  });
  await check(env, {
    fact: 'first page',
    ask: { path: `${path}?n=2`, as: 'viewer' },
    status: 200,
    json: { name: 'team-a/paged', tags: ['a', 'b'] },
    headers: { Link: '</v2/team-a/paged/tags/list?last=b&n=2>; rel="next"' },
  });
  await check(env, {
    fact: 'last page',
    ask: { path: `${path}?n=2&last=b`, as: 'viewer' },
    status: 200,
    json: { name: 'team-a/paged', tags: ['c'] },
    headers: { Link: undefined },
  });
});

const CATALOG: readonly Row[] = [
  {
    fact: 'a page number above 1000 is refused',
    ask: { path: '/v2/_catalog?n=1001' },
    status: 400,
  },
  { fact: 'a page number that is none is refused', ask: { path: '/v2/_catalog?n=x' }, status: 400 },
  {
    fact: 'no results are asked for, none given',
    ask: { path: '/v2/_catalog?n=0' },
    status: 200,
    json: { repositories: [] },
  },
  {
    fact: 'a full page has a link to the next',
    ask: { path: '/v2/_catalog?n=1&last=team-a/alias' },
    status: 200,
    json: { repositories: ['team-a/app'] },
    headers: { Link: '</v2/_catalog?last=team-a%2Fapp&n=1>; rel="next"' },
  },
];

for (const row of CATALOG) {
  test(`the catalog: ${row.fact}`, async () => {
    const answer = await check(env, { ...row, ask: { ...row.ask, as: 'admin' } });
    if (row.status === 400) {
      assert.match(answer.text, /PAGINATION_NUMBER_INVALID/);
    }
  });
}

test('the catalog lists every stream to an administrator', async () => {
  const answer = await env.ask({ path: '/v2/_catalog', as: 'admin' });
  assert.deepEqual(JSON.parse(answer.text), {
    repositories: [...env.cluster.images.streams.keys()].sort(),
  });
});
