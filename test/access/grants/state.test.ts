import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markGrant, marksFor } from '../../../src/access/grants/state.ts';
import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import { startKube } from '../../kubernetes/kube-server.ts';

const MAKER = { madeBy: 'onboard/prod/User/alice/run-2', installation: '0123456789abcdef' };

function binding(notes: Readonly<Record<string, string>>, installation = MAKER.installation) {
  return {
    metadata: {
      name: 'purser:pull:User:alice',
      namespace: 'team-a',
      uid: 'u-1',
      resourceVersion: '7',
      labels: { 'purser.dev/installation': installation },
      annotations: notes,
    },
    roleRef: { kind: 'ClusterRole', name: 'registry-viewer' },
  } satisfies Binding;
}

const own = { 'purser.dev/made-by': MAKER.madeBy };
const confirmed = { 'purser.dev/confirmed-by': MAKER.madeBy };

test('a run records the result of the proof on its own binding', () => {
  for (const state of ['proven', 'unproven'] as const) {
    assert.deepEqual(marksFor(binding(own), MAKER, state), { 'purser.dev/state': state });
  }
});

test('on a binding of an earlier run it records a proven access, and never a worse state', () => {
  const before = (state: string) =>
    binding({ 'purser.dev/made-by': 'x/1', 'purser.dev/state': state });
  assert.deepEqual(marksFor(before('pending'), MAKER, 'unproven'), {
    'purser.dev/state': 'unproven',
    ...confirmed,
  });
  assert.deepEqual(marksFor(before('proven'), MAKER, 'unproven'), {
    'purser.dev/state': 'proven',
    ...confirmed,
  });
});

test('on a binding of another installation it records nothing', () => {
  assert.equal(marksFor(binding(own, 'f'.repeat(16)), MAKER, 'proven'), undefined);
});

test("a mark is a merge patch of Purser's annotations, for the binding as it was read", async (t) => {
  const kube = await startKube(t, () => ({ status: 200, body: {} }));
  const access = { level: 'pull', namespace: 'team-a' } as const;
  const marks = { 'purser.dev/state': 'proven' };
  await markGrant(await kube.cluster(), binding(own), { access, marks });
  const [asked] = kube.asked;
  assert.equal(asked?.method, 'PATCH');
  assert.deepEqual(asked.body, {
    metadata: { uid: 'u-1', resourceVersion: '7', annotations: marks },
  });
  await assert.rejects(
    markGrant(await kube.cluster(), binding(own), { access, marks: { 'example.com/x': 'y' } }),
    RangeError,
  );
});
