import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createExecutions } from '../../../activities/executions.ts';
import { createOnboardingActivities } from '../../../activities/access/onboardings.ts';
import { readPayload } from '../../../src/temporal/data-converter.ts';
import type { OpenOnboarding } from '../../../src/access/model/grants/revocation.ts';
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.ts';

const ID = 'onboard/prod/User/alice';

async function withAbortSignal(_signal: AbortSignal, act: () => Promise<unknown>) {
  return act();
}

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
  const client = { workflow: { getHandle: () => ({ describe }) }, withAbortSignal };
  return new MockActivityEnvironment({}, { client: client as unknown as Client });
}

const activities = createOnboardingActivities(SEARCH_ATTRIBUTES, readPayload);

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
      found = (await activities.listOpenOnboardings({ workflowIds: [ID] })).open;
      ({ hasEnded } = await activities.awaitOnboardingEnd({ workflowId: ID, runId: 'run-1' }));
    });
    const open = { workflowId: ID, runId: 'run-1', accesses: ['pull:team-a'] };
    assert.deepEqual(found, isOpen ? [open] : []);
    assert.equal(hasEnded, !isOpen);
  });
}

/** A Temporal that lists these runs, of those it has, that a filter of conditions on their status leaves. */
function environmentListing(statuses: readonly string[]) {
  async function* list({ query }: { readonly query: string }) {
    const conditions = [...query.matchAll(/ExecutionStatus (!?=) '(\w+)'/g)];
    const isMeant = (status: string) =>
      conditions.every(([, is, value]) => (is === '=') === (value === status));
    yield* statuses
      .filter(isMeant)
      .map((status) => ({ workflowId: `onboard/prod/User/${status}` }));
  }
  const client = { workflow: { list }, withAbortSignal };
  return new MockActivityEnvironment({}, { client: client as unknown as Client });
}

test('a paused onboarding is among the open ones, and none that has ended is', async () => {
  const ended = ['Completed', 'Failed', 'Canceled', 'Terminated', 'ContinuedAsNew', 'TimedOut'];
  const found = await environmentListing(['Running', 'Paused', ...ended]).run(() =>
    createExecutions().openOnboardings(),
  );
  assert.deepEqual(found, ['onboard/prod/User/Running', 'onboard/prod/User/Paused']);
});
