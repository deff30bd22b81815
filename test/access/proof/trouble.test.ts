import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createProofActivities } from '../../../activities/access/proof/proof.ts';
import type { Proof } from '../../../activities/access/proof/proof.ts';
import { refusal } from '../../kubernetes/kube-server.ts';
import { FORBIDDEN } from '../../kubernetes/environment.ts';
import type { Environment } from '../../kubernetes/environment.ts';
import { targetOf } from '../../identity/support/activities.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
// What the guard looks at, before anything is reviewed.
const GUARDED: Environment = {
  '/apis': { groups: [{ name: 'apps' }] },
  '/api/v1/namespaces/team-a': { metadata: { name: 'team-a' } },
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings': { items: [] },
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': {
    status: { userInfo: { username: 'system:admin' } },
  },
};
const alice = { kind: 'User' as const, name: 'alice' };

async function prove(t: TestContext, env: Environment, info: object): Promise<Proof> {
  const { target } = await targetOf(t, { ...GUARDED, ...env });
  const { proveAccess } = bound(createProofActivities(target));
  const input = { subject: alice, accesses: ['pull:team-a'] };
  let proof: Proof | undefined;
  await new MockActivityEnvironment(info).run(async () => {
    proof = await proveAccess({ ...input, prove: 'review' });
  });
  assert.ok(proof);
  return proof;
}

function bound(activities: ReturnType<typeof createProofActivities>) {
  return {
    proveAccess: (input: Parameters<typeof activities.proveAccess>[0]) =>
      activities.proveAccess(input),
  };
}

test('a review that Purser itself may not request is not tried, and fails no onboarding', async (t) => {
  const { verdict, steps } = await prove(t, { [REVIEWS]: FORBIDDEN }, {});
  const [review] = steps;
  assert.equal(review?.outcome, 'not-tried');
  assert.equal(review?.cause, 'probe');
  assert.match(review?.detail ?? '', /Purser could not find out: POST .*subjectaccessreviews: 403/);
  assert.equal(verdict, 'unproven');
});

test('an overloaded API server is retried while patience lasts, and fails no onboarding then', async (t) => {
  const env = { [REVIEWS]: refusal(429, 'TooManyRequests', 'slow down') };
  await assert.rejects(prove(t, env, {}), { type: 'Unreachable', nonRetryable: false });
  const late = { attempt: 66, scheduledTimestampMs: Date.now() - 3_600_000 };
  const { verdict, steps } = await prove(t, env, late);
  assert.equal(steps[0]?.outcome, 'not-tried');
  assert.equal(verdict, 'unproven');
});

test('without the right to read what the guard needs nothing is tried, and no onboarding fails', async (t) => {
  const env = { '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings': FORBIDDEN };
  const { verdict, steps } = await prove(t, env, {});
  assert.ok(steps.every(({ outcome }) => outcome === 'not-tried'));
  assert.match(steps[0]?.detail ?? '', /could not look up .*clusterrolebindings: 403/);
  assert.equal(verdict, 'unproven');
});

test('an attempt that is too short for a review is retried while patience lasts, and fails no onboarding then', async (t) => {
  const env = { [REVIEWS]: 'never' };
  const short = { startToCloseTimeoutMs: 2_000 };
  await assert.rejects(prove(t, env, short), { type: 'Unreachable', nonRetryable: false });
  const late = { ...short, attempt: 66, scheduledTimestampMs: Date.now() - 3_600_000 };
  const { verdict, steps } = await prove(t, env, late);
  assert.deepEqual([steps[0]?.outcome, steps[0]?.cause], ['not-tried', 'timeout']);
  assert.equal(verdict, 'unproven');
});
