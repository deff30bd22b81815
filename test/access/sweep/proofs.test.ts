import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { RunState } from '../../../activities/executions.ts';
import { createProofSweepActivities } from '../../../activities/access/sweep/proofs.ts';
import type { Target } from '../../../activities/target.ts';
import type { SweptPart } from '../../../src/access/model/sweep.ts';
import { proofIdOf } from '../../../src/access/model/proof/id.ts';
import { start } from '../grants/grant.ts';
import { EXECUTIONS } from '../../support/executions.ts';

const RUN = '01a22233-9c47-7c53-8c0d-a734d0b727ce';
const MARK = `onboard/prod/User/alice/${RUN}`;
const PROOF = proofIdOf(MARK);
const PLACES = {
  secret: '/api/v1/namespaces/team-a/secrets',
  token: '/apis/oauth.openshift.io/v1/oauthaccesstokens',
  canary: '/apis/image.openshift.io/v1/namespaces/team-a/imagestreams',
} as const;

interface Thing {
  readonly name: string;
  readonly proof?: string;
  readonly clientName?: string;
}

async function sweep(t: TestContext, kind: keyof typeof PLACES, thing: Thing) {
  const { store, cluster } = await start(t);
  const { name, proof = PROOF, ...rest } = thing;
  const labels = { 'purser.dev/proof': proof, 'purser.dev/installation': '0123456789abcdef' };
  store.put(PLACES[kind], {
    ...rest,
    metadata: { name, labels, annotations: { 'purser.dev/made-by': MARK } },
  });
  const run: RunState = {
    workflowId: 'onboard/prod/User/alice',
    runId: RUN,
    isOpen: false,
    status: 'COMPLETED',
    outcome: async () => undefined,
  };
  const target = {
    cluster,
    executions: { ...EXECUTIONS, runOf: async () => run },
    proof: { serviceAccountTokens: ['team-a'], mintTokens: true, canary: true },
  };
  let parts: readonly SweptPart[] = [];
  await new MockActivityEnvironment().run(async () => {
    ({ parts } = await createProofSweepActivities(target as unknown as Target).sweepProofs());
  });
  const part = parts.find((each) => each.kind === kind);
  return {
    removed: part?.removed.count,
    why: part?.reported.first.map(({ why }) => why).join('; '),
    stands: store.objects.size,
  };
}

const OURS: readonly (readonly [keyof typeof PLACES, Thing])[] = [
  ['secret', { name: `purser-proof-${PROOF}` }],
  ['token', { name: 'sha256~a', clientName: 'purser' }],
  ['canary', { name: `purser-canary-${PROOF}` }],
];

for (const [kind, thing] of OURS) {
  test(`the ${kind} of a proof whose run has ended is removed`, async (t) => {
    assert.deepEqual(await sweep(t, kind, thing), { removed: 1, why: '', stands: 0 });
  });
}

const COPIES: readonly (readonly [string, keyof typeof PLACES, Thing])[] = [
  ['a Secret of another name', 'secret', { name: 'db-password' }],
  ['a Secret named as a canary', 'secret', { name: `purser-canary-${PROOF}` }],
  ['a Secret of another proof', 'secret', { name: 'purser-proof-x', proof: 'x' }],
  ['a token of another client', 'token', { name: 'sha256~a', clientName: 'console' }],
  ['a token of another proof', 'token', { name: 'sha256~a', clientName: 'purser', proof: 'x' }],
  ['an image stream of another name', 'canary', { name: 'app' }],
  ['an image stream of another proof', 'canary', { name: 'purser-canary-x', proof: 'x' }],
  ["a canary with another proof's label", 'canary', { name: `purser-canary-${PROOF}`, proof: 'x' }],
];

for (const [what, kind, thing] of COPIES) {
  test(`${what} that carries the marks of an ended run is reported, and stays`, async (t) => {
    const { removed, why, stands } = await sweep(t, kind, thing);
    assert.match(
      why ?? '',
      /but its name, label or client is not what Purser makes for that proof/,
    );
    assert.deepEqual([removed, stands], [0, 1]);
  });
}
