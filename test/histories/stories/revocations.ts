import type { RevokeRequest } from '../../../src/access/model/request.ts';
import { startOnboard, startRevoke, startSweep } from '../../../src/temporal/starts.ts';
import { createSweepTally } from '../../../src/access/model/sweep.ts';
import { ALICE, GOOD, PULL } from '../../access/runs/stubs.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { lastUntilCancelled } from '../../support/workflow-environment.ts';
import type { Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { unreachable } from './story.ts';
import type { Stories, Story } from './story.ts';

const request: RevokeRequest = { target: 'prod', subject: ALICE, accesses: [PULL] };

function revocation(stubs: Stubs): Story {
  return async (env) => {
    env.stub({ ...GOOD, ...stubs });
    return startRevoke(env.client, request);
  };
}

function called(env: WorkflowEnvironment, activity: string) {
  return eventually(activity, () => env.calls.some(({ name }) => name === activity));
}

/** An onboarding is under way: the revocation cancels it, and waits for its end. */
const stopping: Story = async (env) => {
  env.stub({ ...GOOD, proveAccess: lastUntilCancelled });
  const onboarding = await startOnboard(env.client, { ...request, prove: 'if-possible' });
  await called(env, 'proveAccess');
  const { workflowId } = onboarding;
  const { runId } = await onboarding.describe();
  return revocation({
    listOpenOnboardings: () => ({ open: [{ workflowId, runId, accesses: [PULL] }] }),
    awaitOnboardingEnd: async () => {
      await onboarding.result().catch(() => undefined);
      return { hasEnded: true };
    },
  })(env);
};

const cancelled: Story = async (env) => {
  const handle = await revocation({ proveRefusal: lastUntilCancelled })(env);
  await called(env, 'proveRefusal');
  await handle.cancel();
  return handle;
};

function sweeping(stubs: Stubs): Story {
  return async (env) => {
    env.stub(stubs);
    return startSweep(env.client, 'prod');
  };
}

function removing() {
  const tally = createSweepTally('binding');
  tally.see();
  tally.remove({ what: 'RoleBinding team-a/purser-alice', why: 'its run failed' });
  return tally.part();
}
const NOTHING = (['secret', 'token', 'canary'] as const).map((kind) =>
  createSweepTally(kind).part(),
);

export const REVOCATIONS: Stories = {
  'revoke-proven': revocation({}),
  'revoke-unproven': revocation({ proveRefusal: unreachable }),
  'revoke-never-granted': revocation({
    findGrants: () => ({ grants: [], foreign: [], alike: [], findings: [] }),
  }),
  'revoke-stops-onboarding': stopping,
  'revoke-cancelled': cancelled,
  'sweep-clean': sweeping({
    sweepBindings: () => createSweepTally('binding').part(),
    sweepProofs: () => ({ parts: NOTHING }),
  }),
  'sweep-removed': sweeping({
    sweepBindings: removing,
    sweepProofs: () => ({ parts: NOTHING }),
  }),
  'sweep-failed': sweeping({
    sweepBindings: unreachable,
    sweepProofs: () => ({ parts: NOTHING }),
  }),
};
