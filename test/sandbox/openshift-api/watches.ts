import assert from 'node:assert/strict';
import test from 'node:test';
import { Agent } from 'undici';
import type { WatchLine } from './kube-client.ts';
import { cluster } from './the-cluster.ts';
import { readWatch } from './watched.ts';

const USERS = '/apis/user.openshift.io/v1/users';

function user(name: string, more: object = {}) {
  return { metadata: { name }, ...more };
}

test('a watch resumes at a revision and shows an object enter and leave its selector', async () => {
  const { admin } = cluster;
  const { body: list } = await admin.get(USERS);
  await admin.create(USERS, user('seen'));
  await admin.merge(`${USERS}/seen`, { metadata: { labels: { seen: 'yes' } } });
  await admin.merge(`${USERS}/seen`, { fullName: 'Seen' });
  await admin.merge(`${USERS}/seen`, { metadata: { labels: { seen: null } } });
  await admin.remove(`${USERS}/seen`);
  const from = `watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  const all = await readWatch(`${USERS}?${from}`, ({ type }) => type === 'DELETED');
  const types = (lines: WatchLine[]) => lines.map(({ type }) => type);
  assert.deepEqual(types(all), ['ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED']);
  const revisions = all.map(({ object }) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    revisions,
    [...new Set(revisions)].toSorted((a, b) => a - b),
  );
  const some = await readWatch(
    `${USERS}?${from}&labelSelector=seen`,
    ({ type }) => type === 'DELETED',
  );
  assert.deepEqual(types(some), ['ADDED', 'MODIFIED', 'DELETED']);
});

test('a watch with initial events marks their end with a bookmark', async () => {
  await cluster.admin.create(USERS, user('initial'));
  const query =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const lines = await readWatch(
    `${USERS}?${query}&fieldSelector=metadata.name%3Dinitial`,
    ({ type }) => type === 'BOOKMARK',
  );
  assert.deepEqual(
    lines.map(({ type, object }) => [type, object.kind]),
    [
      ['ADDED', 'User'],
      ['BOOKMARK', 'User'],
    ],
  );
  assert.match(JSON.stringify(lines[1]), /"k8s.io\/initial-events-end":"true"/);
});

test('a watch from a compacted revision ends with 410 Expired, and one with a timeout ends by itself', async () => {
  const { body } = await cluster.admin.create(USERS, user('compacted'));
  const { body: later } = await cluster.admin.merge(`${USERS}/compacted`, { fullName: 'x' });
  const agent = new Agent();
  const compacted = await agent.request({
    origin: cluster.etcd,
    path: '/v3/kv/compaction',
    method: 'POST',
    body: JSON.stringify({ revision: later.metadata.resourceVersion }),
  });
  assert.equal(compacted.statusCode, 200);
  await agent.close();
  const before = Number(body.metadata.resourceVersion) - 1;
  const [line] = await readWatch(`${USERS}?watch=true&resourceVersion=${before}`, () => true);
  assert.deepEqual(
    [line?.type, line?.object['code'], line?.object.reason],
    ['ERROR', 410, 'Expired'],
  );
  const rest = await readWatch(
    `${USERS}?watch=true&timeoutSeconds=1&resourceVersion=${later.metadata.resourceVersion}`,
    () => false,
  );
  assert.deepEqual(rest, []);
});
