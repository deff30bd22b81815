import { ApplicationFailure } from '@temporalio/common';
import type { OnboardRequest } from '../../../src/access/model/request.ts';
import { createFinding } from '../../../src/domain/finding.ts';
import { confirmLogin } from '../../../src/temporal/starts.ts';
import { abandonUndoUpdate } from '../../../workflows/contract.ts';
import {
  ahead,
  ALICE,
  foundSubject,
  GOOD,
  LOGIN,
  startOnboarding,
  stepOf,
} from '../../access/runs/stubs.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { stateOf } from '../../support/run-end.ts';
import { lastUntilCancelled } from '../../support/workflow-environment.ts';
import type { Stubs } from '../../support/workflow-environment.ts';
import { unreachable } from './story.ts';
import type { Stories, Story } from './story.ts';

function onboarding(stubs: Stubs, more: Partial<OnboardRequest> = {}): Story {
  return async (env) => {
    env.stub({ ...GOOD, ...stubs });
    return startOnboarding(env, more);
  };
}

function awaited(stubs: Stubs, grant: 'after-login' | 'before-login' = 'after-login') {
  return onboarding(
    { findSubject: ({ subject }) => foundSubject(subject, { login: ahead(grant) }), ...stubs },
    { waitForLogin: '30d' },
  );
}

const cancelled: Story = async (env) => {
  const handle = await onboarding({ proveAccess: lastUntilCancelled })(env);
  await eventually('the proof', () => env.calls.some(({ name }) => name === 'proveAccess'));
  await handle.cancel();
  return handle;
};

const confirmed: Story = async (env) => {
  let looks = 0;
  const handle = await awaited({
    awaitLogin: lastUntilCancelled,
    checkLogin: () => {
      looks += 1;
      return looks === 1 ? {} : { login: LOGIN };
    },
  })(env);
  await eventually('the wait', async () => (await stateOf(handle)) === 'awaiting-first-login');
  await confirmLogin(env.client, 'prod', ALICE);
  await confirmLogin(env.client, 'prod', ALICE);
  return handle;
};

const overdue: Story = async (env) => {
  const handle = await onboarding({
    proveAccess: unreachable,
    undoGrants: () => {
      throw ApplicationFailure.retryable('rolebindings is locked', 'Forbidden', {
        unanswered: false,
      });
    },
  })(env);
  await eventually('the undo', async () => (await stateOf(handle)) === 'undo-overdue');
  return handle;
};

const findings = [createFinding('warning', 'configuration', 'team-a has no quota')];

/** With real time: what waits would be over in a moment. */
export const WAITING_ONBOARDINGS: Stories = { 'onboard-login-confirmed': confirmed };

/** With rounds of an undo that take a moment. */
export const OVERDUE_ONBOARDINGS: Stories = {
  'onboard-undo-abandoned': async (env) => {
    const handle = await overdue(env);
    await handle.executeUpdate(abandonUndoUpdate);
    return handle;
  },
  'onboard-undo-overdue': async (env) => {
    const handle = await overdue(env);
    env.stub(GOOD);
    return handle;
  },
};

export const ONBOARDINGS: Stories = {
  'onboard-proven': onboarding({
    findSubject: ({ subject }) => foundSubject(subject, { findings }),
  }),
  'onboard-unproven': onboarding({
    proveAccess: () => ({
      verdict: 'unproven',
      steps: [stepOf('pull', { outcome: 'not-tried', detail: 'no tokens are minted' })],
      findings,
    }),
  }),
  'onboard-logged-in': awaited({ awaitLogin: () => LOGIN }),
  'onboard-login-timed-out': awaited({ awaitLogin: lastUntilCancelled }),
  'onboard-login-timed-out-undone': awaited({ awaitLogin: lastUntilCancelled }, 'before-login'),
  'onboard-provisioned': onboarding(
    { provisionUser: () => ({ step: stepOf('provision'), findings: [], unanswered: false }) },
    { provision: true },
  ),
  'onboard-undone': onboarding({ proveAccess: unreachable }),
  'onboard-undone-late-write': onboarding({
    grantAccess: () => {
      throw ApplicationFailure.nonRetryable('no answer', 'Unreachable', { unanswered: true });
    },
  }),
  'onboard-cancelled': cancelled,
};
