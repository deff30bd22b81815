import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAll } from '../../src/kubernetes/api/list.ts';
import { objectSchema } from '../../src/kubernetes/api/objects.ts';
import { findGrants } from '../../src/access/grants/find.ts';
import { createGrant } from '../../src/access/grants/bindings.ts';
import { FORBIDDEN } from './environment.ts';
import { GRANT, start } from '../access/grants/grant.ts';
import { startKube } from './kube-server.ts';

const PATH = '/api/v1/pods';
const FILLER = 'x'.repeat(1_350_000);

test('a list of more than is read at once is read in smaller pages, and whole', async (t) => {
  const names = Array.from({ length: 30 }, (_, index) => `p-${index}`);
  const limits: number[] = [];
  const kube = await startKube(t, ({ query }) => {
    const limit = Number(query['limit']);
    const from = Number(query['continue'] ?? 0);
    limits.push(limit);
    const items = names
      .slice(from, from + limit)
      .map((name) => ({ metadata: { name }, filler: FILLER }));
    const end = from + limit;
    return {
      status: 200,
      body: { metadata: end < names.length ? { continue: String(end) } : {}, items },
    };
  });
  const found = await listAll(await kube.cluster(), objectSchema, { path: PATH });
  assert.deepEqual(
    found.map(({ metadata }) => metadata.name),
    names,
  );
  assert.deepEqual(limits, [500, 250, 125, 63, 32, 16, 16]);
});

test('one object that is too large fails the list, and is not asked for again and again', async (t) => {
  let asked = 0;
  const kube = await startKube(t, () => {
    asked += 1;
    return { status: 200, text: 'x'.repeat(33 * 1024 * 1024) };
  });
  const list = listAll(await kube.cluster(), objectSchema, { path: PATH });
  await assert.rejects(list, /the answer is larger than/);
  assert.equal(asked, 10);
});

test('a grant is found by its name where the list cannot be read, which is told', async (t) => {
  const { cluster } = await start(t, ({ method, query }) =>
    method === 'GET' && query['labelSelector'] !== undefined ? FORBIDDEN : undefined,
  );
  await createGrant(cluster, GRANT);
  const sought = { names: [GRANT.subject], access: GRANT.access };
  const { grants, unlisted } = await findGrants(cluster, sought);
  assert.equal(grants.length, 1);
  assert.equal(unlisted?.status, 403);
});
