import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ownNamespaces } from '../../src/openshift/permissions/own-accounts.ts';
import { ownUserName } from '../../src/kubernetes/reviews.ts';
import { cluster } from '../kubernetes/environment.ts';

const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const DEPLOYED = ['purser', 'purser-proof', 'purser-probe'];

function binding(role: string, ...subjects: readonly object[]) {
  return {
    metadata: { name: `binds-${role}` },
    roleRef: { kind: 'ClusterRole', name: role },
    subjects,
  };
}

async function ownOf(t: TestContext, username: string | undefined, ...items: readonly object[]) {
  const status = { userInfo: { username } };
  const env = {
    [BINDINGS]: { items },
    ...(username === undefined ? {} : { [REVIEWS]: { status } }),
  };
  const own = await ownNamespaces((await cluster(t, env)).cluster);
  return own.map(({ namespace }) => namespace);
}

test("the namespace of the account that asks is Purser's own, whatever it is called", async (t) => {
  const account = 'system:serviceaccount:vault:prover';
  assert.deepEqual(await ownOf(t, account), ['vault', ...DEPLOYED]);
});

for (const user of ['alice', 'system:admin', 'system:serviceaccount:half', 'kube:admin']) {
  test(`${user} lives in no namespace; those of deploy/rbac are protected all the same`, async (t) => {
    assert.deepEqual(await ownOf(t, user), DEPLOYED);
  });
}

test('an API server that cannot say who asks leaves those of deploy/rbac', async (t) => {
  assert.deepEqual(await ownOf(t, undefined), DEPLOYED);
  const { cluster: old } = await cluster(t, {});
  assert.equal(await ownUserName(old), undefined);
});

test("whoever is bound to a role of Purser's is an account of its own, however it is named", async (t) => {
  const own = await ownOf(
    t,
    'alice',
    binding('purser-review', { kind: 'ServiceAccount', name: 'a', namespace: 'one' }),
    binding('purser', { kind: 'User', name: 'system:serviceaccount:two:b' }),
    binding('purser-mint-tokens', { kind: 'Group', name: 'system:serviceaccounts:three' }),
    binding('purser-health', { kind: 'User', name: 'bob' }, { kind: 'Group', name: 'devs' }),
    binding('pursers', { kind: 'ServiceAccount', name: 'a', namespace: 'other' }),
    binding('view', { kind: 'ServiceAccount', name: 'a', namespace: 'other' }),
  );
  assert.deepEqual(own, [...DEPLOYED, 'one', 'two', 'three']);
});
