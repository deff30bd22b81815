import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createAccessListActivities } from '../../../activities/access/grants/access-list.ts';
import type { Target } from '../../../activities/target.ts';
import type {
  AccessPage,
  AccessPageRequest,
} from '../../../src/access/model/grants/access-list.ts';
import { refusal, startKube } from '../../kubernetes/kube-server.ts';
import type { Answer, Asked } from '../../kubernetes/kube-server.ts';

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/rolebindings';

async function list(
  t: TestContext,
  respond: (asked: Asked) => Answer,
  request: AccessPageRequest = {},
): Promise<AccessPage> {
  const kube = await startKube(t, respond);
  const target = { name: 'prod', cluster: await kube.cluster() };
  let page: AccessPage | undefined;
  await new MockActivityEnvironment().run(async () => {
    page = await createAccessListActivities(target as Target).listAccess(request);
  });
  assert.ok(page);
  return page;
}

function binding(name: string, note: string) {
  return {
    metadata: {
      name,
      namespace: 'team-a',
      labels: { 'purser.dev/managed': 'grant' },
      annotations: {
        'purser.dev/subject': name,
        'purser.dev/reason': note,
        'purser.dev/requested-by-claimed': note,
        'purser.dev/made-by': note,
        'purser.dev/access': note,
      },
    },
    roleRef: { kind: 'ClusterRole', name: 'registry-viewer' },
    subjects: Array.from({ length: note === 'short' ? 1 : 30 }, (_, index) => ({
      kind: 'User',
      name: `${'ж'.repeat(200)}${index}`,
    })),
  };
}

test('a page is at most 1 MB, and is read again as a smaller one where it would be more', async (t) => {
  const note = '😀'.repeat(1_000);
  const sizes: number[] = [];
  const page = await list(t, ({ path, query }) => {
    assert.equal(path, BINDINGS);
    const limit = Number(query['limit']);
    sizes.push(limit);
    const items = Array.from({ length: limit }, (_, index) => binding(`b-${index}`, note));
    return { status: 200, body: { metadata: { continue: `after-${limit}` }, items } };
  });
  assert.ok('rows' in page);
  assert.ok(Buffer.byteLength(JSON.stringify(page)) <= 1_000_000);
  assert.ok(sizes.length > 1, 'the first size must have been too large');
  assert.equal(page.rows.length, sizes.at(-1));
  assert.deepEqual(page.next, { of: 'rolebindings', token: `after-${sizes.at(-1)}` });
  assert.ok(page.rows.every(({ reason = '' }) => reason.length <= 500 && reason.isWellFormed()));
});

test('bindings with very large annotations are read a few at a time', async (t) => {
  const note = 'x'.repeat(140 * 1024);
  const page = await list(t, ({ query }) => {
    const items = Array.from({ length: Number(query['limit']) }, (_, index) => {
      const own = binding(`b-${index}`, 'short');
      const annotations = { ...own.metadata.annotations, filler: note };
      return { ...own, metadata: { ...own.metadata, annotations } };
    });
    return { status: 200, body: { metadata: { continue: 'more' }, items } };
  });
  assert.ok('rows' in page);
  assert.equal(page.rows.length, 125);
});

test('a role with a giant name is one line of the list, without control characters', async (t) => {
  for (const name of ['"'.repeat(1_100_000), `r\u001b[2J\u202egone`]) {
    const page = await list(t, () => {
      const roleRef = { kind: 'Role', name };
      const own = binding('alice', 'short');
      return { status: 200, body: { metadata: {}, items: [{ ...own, roleRef }] } };
    });
    assert.ok('rows' in page);
    assert.ok(JSON.stringify(page).length < 10_000);
    assert.doesNotMatch(page.rows[0]?.role ?? '', /[\p{Cc}\p{Cf}]/u);
  }
});

test('an expired list says so, and is read anew', async (t) => {
  const from = { of: 'rolebindings' as const, token: 'old' };
  const page = await list(t, () => refusal(410, 'Expired', 'too old'), { from });
  assert.deepEqual(page, { expired: true });
});

test('a uid that cannot be looked up leaves no mark, and fails no list', async (t) => {
  const page = await list(t, ({ path }) => {
    if (path !== BINDINGS) return refusal(503, 'ServiceUnavailable', 'away');
    const own = binding('alice', 'x');
    const annotations = { ...own.metadata.annotations, 'purser.dev/subject-uid': 'u-1' };
    const items = [{ ...own, metadata: { ...own.metadata, annotations } }];
    return { status: 200, body: { metadata: {}, items } };
  });
  assert.ok('rows' in page);
  assert.doesNotMatch(JSON.stringify(page.rows), /stale/);
  assert.deepEqual(page.next, { of: 'clusterrolebindings' });
});

for (const [what, request] of Object.entries({
  'a cursor into something else': { from: { of: 'secrets' } },
  'a limit that is none': { limit: 100_000 },
  'a field that nobody knows': { everything: true },
})) {
  test(`${what} is refused before the cluster is asked`, async (t) => {
    const asked = list(t, () => assert.fail('asked'), request as AccessPageRequest);
    await assert.rejects(asked, { type: 'InvalidRequest' });
  });
}
