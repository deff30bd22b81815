import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { deleteAnchor, deleteTokens, mintToken, requestToken } from '../../src/openshift/tokens.ts';
import { refusal, startKube } from '../kubernetes/kube-server.ts';
import type { Answer, Asked } from '../kubernetes/kube-server.ts';
import { createStore } from '../kubernetes/kube-store.ts';

const TOKENS = '/apis/oauth.openshift.io/v1/oauthaccesstokens';
const SECRETS = '/api/v1/namespaces/team-a/secrets';
const REQUEST = '/api/v1/namespaces/team-a/serviceaccounts/ci/token';
const ALICE = { name: 'alice', uid: 'u-1' };
const CI = { namespace: 'team-a', name: 'ci' };
const MARK = {
  proof: 'p1',
  madeBy: 'onboard/prod/User/alice/run-1',
  installation: '0123456789abcdef',
};
const USE = { ...MARK, scopes: ['role:system:basic-user:*', 'role:registry-viewer:team-a'] };

// The sweeper finds by these which run made it, and whether it is this installation's to clear away.
const MARKED = {
  labels: { 'purser.dev/proof': 'p1', 'purser.dev/installation': '0123456789abcdef' },
  annotations: { 'purser.dev/made-by': 'onboard/prod/User/alice/run-1' },
};

// The vector of openshift-facts.md 4.3: the text is hashed, not the bytes that it encodes.
function objectName(token: string): string {
  return `sha256~${createHash('sha256').update(token.slice('sha256~'.length)).digest('base64url')}`;
}

async function start(t: TestContext, before?: (asked: Asked) => Answer | undefined) {
  const store = createStore();
  const kube = await startKube(t, (asked) => before?.(asked) ?? store.respond(asked));
  return { store, kube, cluster: await kube.cluster() };
}

test('the rule for names gives the vector that was measured', () => {
  assert.equal(
    objectName(`sha256~${'A'.repeat(43)}`),
    'sha256~DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo',
  );
});

test('a minted token is an object of five minutes under the hash of its secret', async (t) => {
  const { store, kube, cluster } = await start(t);
  const borrowed = await mintToken(cluster, ALICE, USE);
  const { token } = borrowed;
  assert.match(token, /^sha256~[A-Za-z0-9_-]{43}$/);
  const { metadata, ...fields } = store.objects.get(`${TOKENS}/${objectName(token)}`) ?? {};
  assert.deepEqual(metadata?.labels, MARKED.labels);
  assert.deepEqual(metadata.annotations, MARKED.annotations);
  assert.deepEqual(fields, {
    apiVersion: 'oauth.openshift.io/v1',
    kind: 'OAuthAccessToken',
    clientName: 'purser',
    expiresIn: 300,
    redirectURI: 'https://purser.invalid/not-used',
    scopes: USE.scopes,
    userName: 'alice',
    userUID: 'u-1',
  });
  await borrowed.release();
  assert.equal(store.objects.size, 0);
  assert.ok(!JSON.stringify(kube.asked).includes(token.slice(7)), 'the secret was sent');
  // It may have ended by itself meanwhile.
  await borrowed.release();
});

test('two minted tokens are never the same', async (t) => {
  const { cluster } = await start(t);
  const minted = await Promise.all([1, 2, 3].map(() => mintToken(cluster, ALICE, USE)));
  assert.equal(new Set(minted.map(({ token }) => token)).size, 3);
});

test('what a crash left of a proof is deleted by its labels, and nothing else', async (t) => {
  const { store, cluster } = await start(t);
  await mintToken(cluster, ALICE, USE);
  await mintToken(cluster, ALICE, USE);
  await mintToken(cluster, ALICE, { ...USE, proof: 'p2' });
  await mintToken(cluster, ALICE, { ...USE, installation: "another's" });
  assert.equal(await deleteTokens(cluster, MARK), 2);
  assert.equal(store.objects.size, 2);
  assert.equal(await deleteTokens(cluster, MARK), 0);
});

test('a token that cannot be deleted is said, without its secret', async (t) => {
  const { cluster } = await start(t, ({ method }) =>
    method === 'DELETE' ? refusal(500, 'InternalError', 'etcd is away') : undefined,
  );
  const borrowed = await mintToken(cluster, ALICE, USE);
  const { token } = borrowed;
  await assert.rejects(borrowed.release(), (error) => {
    assert.match(String(error), /DELETE .*oauthaccesstokens\/sha256~.*etcd is away/);
    assert.ok(!String(error).includes(token.slice(7)));
    return true;
  });
});

test("a service account's token is bound to a Secret of its proof, and ends with it", async (t) => {
  const { store, kube, cluster } = await start(t, ({ path }) =>
    path === REQUEST ? { status: 201, body: { status: { token: 'eyJ.a.b' } } } : undefined,
  );
  const borrowed = await requestToken(cluster, CI, MARK);
  const { token } = borrowed;
  assert.equal(token, 'eyJ.a.b');
  const anchor = store.objects.get(`${SECRETS}/purser-proof-p1`);
  assert.deepEqual(anchor?.metadata.labels, MARKED.labels);
  assert.deepEqual(anchor.metadata.annotations, MARKED.annotations);
  assert.deepEqual(kube.asked.at(-1)?.body, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: 600,
      boundObjectRef: {
        apiVersion: 'v1',
        kind: 'Secret',
        name: 'purser-proof-p1',
        uid: anchor.metadata.uid,
      },
    },
  });
  await borrowed.release();
  assert.equal(store.objects.size, 0);
  await deleteAnchor(cluster, 'team-a', 'p1');
});

for (const [what, answer] of Object.entries({
  'is refused': refusal(403, 'Forbidden', 'no'),
  'is answered without a token': { status: 201, body: { status: { token: '' } } },
})) {
  test(`a token request that ${what} leaves no Secret`, async (t) => {
    const { store, cluster } = await start(t, ({ path }) =>
      path === REQUEST ? answer : undefined,
    );
    await assert.rejects(requestToken(cluster, CI, MARK), { name: 'ClusterFailure' });
    assert.equal(store.objects.size, 0);
  });
}
