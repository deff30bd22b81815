import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createOnboardingActivities } from '../../activities/onboardings.ts';
import type { OpenOnboarding } from '../../src/domain/grants/revocation.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';

const ID = 'onboard/prod/User/alice';

/** A Temporal in which every run is in one state, and its undo overdue: nobody waits a minute for it. */
function environmentIn(status: string) {
  const values = new Map<unknown, unknown>([
    [SEARCH_ATTRIBUTES.access, ['pull:team-a']],
    [SEARCH_ATTRIBUTES.state, 'undo-overdue'],
  ]);
  const describe = async () => ({
    runId: 'run-1',
    status: { name: status },
    typedSearchAttributes: { get: (key: unknown) => values.get(key) },
  });
  const client = {
    workflow: { getHandle: () => ({ describe }) },
    withAbortSignal: async (_signal: AbortSignal, act: () => Promise<unknown>) => act(),
  };
  return new MockActivityEnvironment({}, { client: client as unknown as Client });
}

const activities = createOnboardingActivities(SEARCH_ATTRIBUTES);

for (const [status, isOpen] of [
  ['RUNNING', true],
  ['PAUSED', true],
  ['COMPLETED', false],
  ['CANCELLED', false],
  ['TERMINATED', false],
] as const) {
  test(`an onboarding that is ${status} ${isOpen ? 'would still give something' : 'has ended'}`, async () => {
    let found: readonly OpenOnboarding[] = [];
    let hasEnded: boolean | undefined;
    await environmentIn(status).run(async () => {
      found = (await activities.openOnboardings({ workflowIds: [ID] })).open;
      ({ hasEnded } = await activities.awaitOnboardingEnd({ workflowId: ID, runId: 'run-1' }));
    });
    const open = { workflowId: ID, runId: 'run-1', accesses: ['pull:team-a'] };
    assert.deepEqual(found, isOpen ? [open] : []);
    assert.equal(hasEnded, !isOpen);
  });
}
